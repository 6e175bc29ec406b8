"""The arithmetic of the runner: which run stands for several, and whether a promise was kept.

`scripts/test counts` runs it.
"""

import unittest

from .plans import TURNS, Bench, faults_of, middle, paired
from .results import Results, median, promised, times_floor
from .rows import GROUPS, ROWS, Row
from .table import holds, precise, verdict

ECHO = Row("echo", "g", "", "", ratio=1.2, plan="turns")
CONNECT = Row("connect", "g", "", "", most=35)
LOOPS = Row("loops", "g", "", "", figure="ratio", least=1.7)


def run(cpu, **more):
    return {"cpu_us_per_message": cpu} | more


class OneOfSeveral(unittest.TestCase):
    def test_the_middle_one_stands_for_all_and_what_has_no_figure_is_the_worst(self):
        self.assertEqual(middle([{"x": 3}, {"x": 1}, {"x": 2}], "x"), {"x": 2})
        self.assertEqual(middle([{}, {"x": 1}, {"x": 2}], "x"), {"x": 2})
        # Of an even number the better one.
        self.assertEqual(middle([{"x": 2}, {"x": 1}], "x"), {"x": 1})

    def test_a_ratio_is_the_middle_one_of_neighbours(self):
        # A busy minute, in which all took thrice as much, changes nothing.
        self.assertAlmostEqual(paired([1.1, 3.3, 1.2], [1, 3, 1]), 1.1)
        self.assertIsNone(paired([1.1, None], [1, 1]))
        self.assertIsNone(paired([1.1, 1.1], [1, 0]))

    def test_faulty_runs_are_the_worst(self):
        runs = [run(1, dead=1), run(5), run(6)]
        self.assertEqual(median(runs, CONNECT), run(6))
        self.assertIsNone(median([], CONNECT))

    def test_faults_are_added_up(self):
        self.assertEqual(faults_of([{"dead": 1}, {"dead": 2, "wrong": 3}])["dead"], 3)
        self.assertEqual(faults_of([{}])["unanswered"], 0)


class Turns(unittest.TestCase):
    """Servers that are measured in turns, with moments that are made up."""

    class Pretended(Bench):
        def __init__(self, moments):
            self.seconds, self.moments, self.asked = 2, moments, []

        def server(self, name, row):
            bench = self

            class Server:
                def __enter__(self):
                    self.name = name
                    return self

                def __exit__(self, *_):
                    bench.asked.append(f"{name} ends")

            return Server()

        def moment(self, row, server):
            self.asked.append(server.name)
            return run(self.moments[server.name][self.asked.count(server.name) - 1])

    def test_they_alternate_and_their_ratio_is_that_of_neighbours(self):
        floor = [1, 1, 1, 4, 4, 1, 1]
        bench = self.Pretended({"floor": floor, "swift": [1.5 * value for value in floor[:-1]] + [9]})
        told = bench.turns(ECHO, "floor", "swift")
        self.assertEqual(bench.asked[:6], ["swift", "floor", "floor", "swift", "swift", "floor"])
        self.assertEqual(bench.asked.count("swift"), TURNS)
        self.assertEqual(sorted(bench.asked[-2:]), ["floor ends", "swift ends"])
        self.assertEqual(told["swift"]["times_floor"], 1.5)
        self.assertEqual(told["floor"]["times_floor"], 1)
        self.assertEqual(told["swift"]["cpu_us_per_message"], 1.5)


class Promises(unittest.TestCase):
    def test_a_bound_itself_is_held(self):
        self.assertTrue(holds(CONNECT, 35) and holds(ECHO, 1.2) and holds(LOOPS, 1.7))
        self.assertFalse(holds(CONNECT, 35.1) or holds(ECHO, 1.21) or holds(LOOPS, 1.69) or holds(CONNECT, None))

    def test_each_run_says_whether_it_was_kept(self):
        results = Results.__new__(Results)
        results.runs = {}
        for value in 34, 36, 35:
            results.add(CONNECT, "swift", run(value))
        told = results.medians(CONNECT)["swift"]
        self.assertEqual(told["promised"], [34, 36, 35])
        self.assertEqual(verdict(CONNECT, "swift", told), "2 of 3")
        self.assertEqual(verdict(CONNECT, "python", told), "")

    def test_a_ratio_is_promised_not_a_figure(self):
        self.assertEqual(promised([run(99, times_floor=1.1), run(1)], ECHO), [1.1, None])
        self.assertEqual(times_floor(run(3, times_floor=1.5), ECHO, run(1)), 1.5)
        self.assertEqual(times_floor(run(3), ECHO, run(2)), 1.5)
        self.assertIsNone(times_floor(run(3), ECHO, None))

    def test_a_faulty_run_keeps_no_promise(self):
        self.assertEqual(promised([run(1, wrong=1)], CONNECT), [None])
        self.assertEqual(verdict(CONNECT, "swift", run(1, wrong=1, promised=[1])), "FAULT")
        self.assertEqual(verdict(CONNECT, "swift", run(36, promised=[36, 37])), "MISS")
        self.assertEqual(verdict(CONNECT, "swift", run(30, promised=[30])), "PASS")
        # Without a floor there is no ratio to judge.
        self.assertEqual(verdict(ECHO, "swift", run(30, promised=[None])), "")

    def test_three_digits_count(self):
        self.assertEqual([precise(value) for value in (None, 0.1234, 1.234, 34.96, 1234.5)], ["-", "0.123", "1.23", "35.0", "1,234"])


class Table(unittest.TestCase):
    def test_every_row_can_be_measured(self):
        self.assertEqual(len({row.name for row in ROWS}), len(ROWS))
        for row in ROWS:
            self.assertTrue(callable(getattr(Bench, row.plan, None)), row.name)
            self.assertIn(row.group, GROUPS)
            self.assertTrue(row.ratio is None or row.floor is not None, row.name)


if __name__ == "__main__":
    unittest.main()
