"""The HTML report of 10,000 results: how long it takes to write, how large it is, and how soon it can be used.

It is opened in headless Chromium, from a file, by what ``make acceptance`` drives it with; where there is no Chromium,
that part is left out, and said so.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.processes import output_of

_NUMBERS = (50, 10_000)
_ACCEPTANCE = Path(__file__).resolve().parents[1] / "tests" / "acceptance"

#: Writes a report of so many results as HTML and prints the CPU seconds of that, and of the same report as JSON.
_WRITE = """
import sys, time
sys.path.insert(0, sys.argv[1])
import pages
from reports import html, json
report = pages.of(int(sys.argv[2]))
html.write(pages.of(1))
def spent(write):
    times = []
    for _ in range(3):
        began = time.process_time()
        text = write(report)
        times.append(time.process_time() - began)
    return sorted(times)[1], text
(as_html, text), (as_json, _) = spent(html.write), spent(json.write)
open(sys.argv[3], "w", encoding="utf-8").write(text)
print(as_html, as_json)
"""

#: Opens each file several times and prints the medians, as JSON: milliseconds until it can be used, and until a search
#: is answered, and the number of elements; null where there is no Chromium.
_OPEN = """
import json, pathlib, statistics, sys
sys.path.insert(0, sys.argv[1])
import browser
USABLE = '''new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))'''
SEARCHED = '''(async () => {
    const began = performance.now(), box = document.getElementById('f-q'), told = document.getElementById('f-count');
    box.value = 'failed';
    box.dispatchEvent(new Event('input', {bubbles: true}));
    while (!told.textContent.includes(' of ')) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - began;
})()'''
path = browser.find()
found = []
if path:
    with browser.started(path) as chromium:
        for file in sys.argv[2:]:
            times = []
            for _ in range(5):
                tab = browser.Tab(chromium, width=1280, height=900)
                tab.open(pathlib.Path(file).as_uri())
                usable, searched = tab.run(USABLE), tab.run(SEARCHED)
                times.append((usable, searched, tab.run("document.getElementsByTagName('*').length")))
                tab.close()
            found.append([statistics.median(each) for each in zip(*times)])
print(json.dumps(found if path else None))
"""


def html_report(folder: Path) -> None:
    """Measure and print."""
    files = [folder / f"{number}.html" for number in _NUMBERS]
    print("\nthe HTML report, CPU time to write it:")
    for number, file in zip(_NUMBERS, files, strict=True):
        as_html, as_json = map(float, output_of("-c", _WRITE, str(_ACCEPTANCE), str(number), str(file)).split())
        size = file.stat().st_size / 1e6
        times = f", {as_html / as_json:.1f} times that of JSON" if number == _NUMBERS[-1] else ""
        print(f"  {number:>6} results  {size:5.2f} MB  {as_html:5.2f} s{times}", flush=True)
    opened = json.loads(output_of("-c", _OPEN, str(_ACCEPTANCE), *map(str, files)))
    if opened is None:
        print("  left out: there is no Chromium here, so nothing is opened")
        return
    print("the same in headless Chromium, milliseconds from the start of loading, medians of five:")
    for number, (usable, searched, elements) in zip(_NUMBERS, opened, strict=True):
        times = f", {usable / opened[0][0]:.1f} times" if number != _NUMBERS[0] else ""
        print(
            f"  {number:>6} results  {elements:>7.0f} elements  usable {usable:5.0f}{times}  searched {searched:5.0f}"
        )
