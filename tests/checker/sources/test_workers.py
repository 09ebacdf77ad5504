"""Threads that ask: in their order, no more at once than allowed, and nobody waits for them."""

import subprocess
import sys
from threading import Event, Lock

import pytest

from checker.sources.azure.workers import Workers, error_of


def test_each_question_says_how_it_ended():
    problem = ValueError("no answer")

    def perform(number: int) -> None:
        if number == 1:
            raise problem

    with Workers(2) as workers:
        ended = [(number, error_of(future)) for number, future in workers.ask(perform, range(3))]
    assert ended == [(0, None), (1, problem), (2, None)]


def test_no_more_are_under_way_than_allowed():
    lock, most, now = Lock(), [0], [0]

    def perform(_: int) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        Event().wait(0.01)
        with lock:
            now[0] -= 1

    with Workers(3) as workers:
        for _, future in workers.ask(perform, range(12)):
            assert error_of(future) is None
    assert 1 < most[0] <= 3


def test_an_interruption_waits_for_nobody_and_begins_nothing_more():
    begun, answer = [], Event()

    def perform(number: int) -> None:
        begun.append(number)
        answer.wait()

    asked = []

    def interrupted() -> None:
        with Workers(2) as workers:
            asked.extend(workers.ask(perform, range(10)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    answer.set()
    for number, future in asked:
        assert number not in begun or error_of(future) is None
    assert sorted(begun) in ([0, 1], [0], [])


def test_a_program_ends_though_a_question_is_never_answered():
    program = """
import sys
from threading import Event
from checker.sources.azure.workers import Workers
begun = Event()
def perform(number):
    begun.set()
    Event().wait()
with Workers(2) as workers:
    workers.ask(perform, [1, 2, 3])
    begun.wait()
sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=600).returncode == 7
