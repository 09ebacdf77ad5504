"""What people do with an HTML report: by keyboard, by links that others sent, by copying."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from browser import Browser, Tab

Check = Callable[[object, str], None]

_ACTIVE = "document.activeElement"
_SHOWN = "[...document.querySelectorAll('[data-v]')].filter((e) => e.checkVisibility({contentVisibilityAuto: false}))"


def by_keyboard(browser: Browser, file: Path, check: Check) -> None:
    """the path of someone without a mouse"""
    tab = _opened(browser, file)
    tab.press("Tab")
    check(
        tab.run(f"{_ACTIVE}.textContent.trim()") == "Skip to the report", "the first stop does not skip to the report"
    )
    check(tab.run(f"{_ACTIVE}.getBoundingClientRect().left >= 0"), "the link that skips is not seen")
    tab.press("Enter")
    tab.press("Tab")
    check(tab.run(f"{_ACTIVE}.closest('main') !== null"), "skipping does not lead into the report")
    stops = 0
    for _ in range(400):
        tab.press("Tab")
        if tab.run(f"{_ACTIVE} === document.body"):
            break
        stops += 1
        style = tab.run(
            f"(({{outlineStyle, outlineWidth}}) => `${{outlineStyle}} ${{outlineWidth}}`)(getComputedStyle({_ACTIVE}))"
        )
        check(style == "solid 3px", f"the focus is not seen on {tab.run(f'{_ACTIVE}.outerHTML')[:80]}: {style}")
    check(stops > 50, f"only {stops} stops")
    tab.run("document.querySelector('[role=tab][aria-selected=true]').focus()")
    chosen = []
    for key in ("ArrowRight", "End", "Home", "ArrowLeft"):
        tab.press(key)
        check(tab.run(f"{_ACTIVE}.getAttribute('aria-selected')") == "true", f"{key} does not choose a tab")
        panel = f"document.getElementById({_ACTIVE}.getAttribute('aria-controls'))"
        check(tab.run(f"!{panel}.hidden && {panel}.getBoundingClientRect().height > 0"), f"{key} shows nothing")
        chosen.append(tab.run(f"{_ACTIVE}.textContent"))
    check(chosen == ["Portal", "imagecheck", "Azure CLI", "imagecheck"], f"the tabs were chosen in the order {chosen}")
    tab.run("document.querySelector('.finding summary').focus()")
    tab.press("Enter")
    check(tab.run("!document.querySelector('.finding').open"), "Enter does not close a finding")
    tab.press("Enter")
    tab.run("document.getElementById('f-q').focus()")
    tab.type("owner")
    check(tab.until("document.getElementById('f-count').textContent.includes(' of ')"), "typing does not search")
    _closed(tab, check)


def what_to_do_first(browser: Browser, file: Path, check: Check) -> None:
    """the first screen, link by link"""
    tab = _opened(browser, file)
    links = tab.run("[...document.querySelectorAll('.answer a')].map((a) => [a.hash, a.textContent])")
    check(len(links) > 5, f"the first screen has {len(links)} links")
    for place, words in links:
        tab.run("scrollTo(0, 0)")
        tab.run(f"document.querySelector('.answer a[href=\"{place}\"]').focus()")
        tab.press("Enter")
        check(tab.run("location.hash") == place, f"{words} does not lead to {place}")
        check(tab.until(_seen(place)), f"{words} does not show {place}")
    _closed(tab, check)


def links_from_others(browser: Browser, file: Path, check: Check) -> None:
    """links to results, rules and assets, opened afresh, with the script and without"""
    tab = _opened(browser, file)
    kinds = {
        "a finding": ".finding",
        "what was not evaluated": "[data-v=not-evaluated]",
        "a pass": "[data-v=pass]",
        "an asset with findings": ".assets > li",
        "an asset with nothing to do": "details .assets > li",
        "a rule with findings": ".rule",
        "a group of reasons": "#unanswered-1",
    }
    places = {words: tab.run(f"[...document.querySelectorAll('{sort}')].at(-1)?.id") for words, sort in kinds.items()}
    rule = tab.run("document.querySelector('.finding').dataset.r")
    _closed(tab, check)
    check(rule in ("ACC001",), f"the first finding is of {rule}")
    for script in (True, False):
        for words, place in {**places, "a rule by its code": rule}.items():
            tab = Tab(browser, width=1280, height=900, script=script)
            tab.open(f"{file.as_uri()}#{place}")
            how = "with" if script else "without"
            check(place and tab.until(_seen(f"#{place}")), f"a link to {words} does not show it {how} the script")
            _closed(tab, check)


def views_from_others(browser: Browser, file: Path, check: Check) -> None:
    """filters in links: made, opened afresh, cleared"""
    tab = _opened(browser, file)
    tab.run("document.querySelector('input[value=not-evaluated]').focus()")
    tab.press(" ")
    check(tab.until("location.hash === '#?v=not-evaluated'"), f"a view is not in the link: {tab.run('location.hash')}")
    check(_count(tab) == "1 of 45 results", f"the number of results is told as {_count(tab)}")
    _closed(tab, check)
    for view, number in (
        ("v=not-evaluated", 1),
        ("v=fail&s=warning", 5),
        ("r=VER003", 6),
        ("k=vm&v=fail", 2),
        ("q=tester+running", 1),
        ("q=not+collected", 1),
        ("q=no-such-thing", 0),
        ("r=NOSUCH1", 45),
        ("%00=%zz&q=%3Cscript%3E", 0),
    ):
        tab = Tab(browser, width=1280, height=900)
        tab.open(f"{file.as_uri()}#?{view}")
        wanted = f"{number} of 45 results" if number != 45 else "45 results"
        check(tab.until(f"document.getElementById('f-count').textContent === '{wanted}'"), f"{view}: {_count(tab)}")
        check(tab.run(f"{_SHOWN}.length") == number or number == 45, f"{view}: {tab.run(f'{_SHOWN}.length')} are shown")
        full = "b.hidden || b.querySelector('[data-v]:not([hidden])')"
        empty = f"[...document.querySelectorAll('.part, .rule, .case, .of')].filter((b) => !({full}))"
        check(number == 45 or tab.run(f"{empty}.length") == 0, f"{view}: boxes without a result are left")
        if number != 45:
            tab.run("document.getElementById('f-clear').focus()")
            tab.press("Enter")
            check(
                tab.until("document.getElementById('f-count').textContent === '45 results'"), f"{view} is not cleared"
            )
            check(tab.run("!location.hash.includes('?')"), "a view stays in the link after it is cleared")
        _closed(tab, check)


def hidden_by_a_filter(browser: Browser, file: Path, check: Check) -> None:
    """a link to what a filter hides takes the filter away"""
    tab = _opened(browser, file)
    tab.run("document.querySelector('input[value=pass]').click()")
    check(tab.until("document.querySelector('.finding').hidden"), "a finding is not hidden where passes are asked for")
    tab.run("document.querySelector('.first ol a').focus()")
    tab.press("Enter")
    check(tab.until(_seen(tab.run("location.hash"))), "a link to what is hidden does not show it")
    check(not tab.run("document.querySelector('input[value=pass]').checked"), "the filter that hid it still stands")
    _closed(tab, check)


def copying(browser: Browser, file: Path, check: Check) -> None:
    """copy buttons, by keyboard, where a page may use the clipboard and where it may not"""
    for allowed in (True, False):
        tab = _opened(browser, file)
        tab.may_use_clipboard(True)
        buttons = tab.run("[...document.querySelectorAll('.way:not([hidden]) code.command + button')].length")
        check(buttons > 5, f"there are {buttons} copy buttons")
        for number in range(0, buttons, 4):
            button = f"[...document.querySelectorAll('.way:not([hidden]) code.command + button')][{number}]"
            command = tab.run(f"{button}.previousElementSibling.textContent")
            tab.run("navigator.clipboard.writeText('nothing')")
            tab.may_use_clipboard(allowed)
            tab.run(f"{button}.focus()")
            tab.press("Enter" if number % 8 else " ")
            check(
                tab.until(f"{button}.textContent === 'Copied'"),
                f"a copy button says {tab.run(f'{button}.textContent')}",
            )
            check(tab.run(f"{_ACTIVE} === {button}"), "the focus is lost by copying")
            tab.may_use_clipboard(True)
            copied = tab.run("navigator.clipboard.readText()")
            check(copied == command, f"copied {copied!r}, not {command!r}")
            check(tab.until(f"{button}.textContent === 'Copy'"), "a copy button does not come back to itself")
        tab.run("document.querySelector('input[value=fail]').click()")
        check(tab.until("!document.getElementById('f-link').hidden"), "a view has no button to copy its link")
        tab.run("document.getElementById('f-link').focus()")
        tab.press("Enter")
        check(tab.until("document.getElementById('f-link').textContent === 'Copied'"), "the link is not copied")
        check(tab.run("navigator.clipboard.readText()") == f"{file.as_uri()}#?v=fail", "the link of a view is another")
        _closed(tab, check)


def below_the_bar(browser: Browser, file: Path, check: Check) -> None:
    """where jumps land: below the search bar, by a click and opened afresh, at every width"""
    for width, script in ((1280, True), (1920, True), (900, True), (500, True), (1280, False)):
        tab = Tab(browser, width=width, height=900, script=script)
        tab.open(file.as_uri())
        links = ".answer a[href^='#'], .mast nav a"
        places = list(dict.fromkeys(tab.run(f'[...document.querySelectorAll("{links}")].map((a) => a.hash)')))
        if script:
            check(len(places) > 8, f"there are {len(places)} places to jump to")
            for place in places:
                tab.run("scrollTo(0, 0)")
                tab.run(f"document.querySelector('a[href=\"{place}\"]').click()")
                _lands(tab, place, f"a click at the width {width}", check)
        _closed(tab, check)
        for place in (*places[:1], "#findings", "#rest-pass"):
            tab = Tab(browser, width=width, height=900, script=script)
            tab.open(f"{file.as_uri()}{place}")
            _lands(tab, place, f"a link opened {'with' if script else 'without'} the script, width {width}", check)
            _closed(tab, check)


ALL = (by_keyboard, what_to_do_first, links_from_others, below_the_bar, views_from_others, hidden_by_a_filter, copying)


def _opened(browser: Browser, file: Path) -> Tab:
    tab = Tab(browser, width=1280, height=900)
    tab.open(file.as_uri())
    return tab


def _closed(tab: Tab, check: Check) -> None:
    for complaint in tab.complaints():
        check(False, complaint)
    tab.close()


def _count(tab: Tab) -> str:
    return str(tab.run("document.getElementById('f-count').textContent"))


def _seen(place: str) -> str:
    """Whether the place of a link is on the screen."""
    return (
        f"(() => {{ const b = document.getElementById('{place[1:]}').getBoundingClientRect();"
        "return b.height > 0 && b.top < innerHeight && b.bottom > 0; })()"
    )


def _lands(tab: Tab, place: str, how: str, check: Check) -> None:
    """A place's first line is on the screen, and the bar does not cover it, also after everything is painted."""
    where = (
        f"(() => {{ const place = document.getElementById('{place[1:]}');"
        "const bar = document.getElementById('filters'); const box = bar.getBoundingClientRect();"
        "const top = place.getBoundingClientRect().top;"
        "const sticks = !bar.hidden && getComputedStyle(bar).position === 'sticky';"
        "return [top, sticks && box.top <= 0 ? box.bottom : 0, innerHeight]; })()"
    )
    for _ in range(5):
        tab.run("document.body.offsetHeight")
        time.sleep(0.05)
    top, bottom, height = tab.run(where)
    check(bottom <= top < height, f"{how}: {place} lands at {top:.0f}, the bar ends at {bottom:.0f} of {height}")
