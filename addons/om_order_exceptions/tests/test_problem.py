import doctest
from datetime import date, datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .. import exact_test, working_time
from ..detection import Finding
from ..exact_test import fisher_less
from .test_clock import LifeCommon

CHANGE = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestFigures(LifeCommon):
    """The plain Python behind the figures."""

    def test_examples_of_the_manuals_hold(self):
        for module in (exact_test, working_time):
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module)
                self.assertTrue(result.attempted)
                self.assertFalse(result.failed)

    def test_exact_test_gives_known_values(self):
        # fisher_exact([[a, b], [c, d]], alternative="less") of SciPy, for the rate after
        for before, total_before, after, total_after, expected in (
            (3, 4, 1, 4, 0.24285714285714285),
            (11, 14, 1, 10, 0.001379728092210),
            (30, 1000, 10, 1000, 0.000999),
            (5, 50, 5, 50, 0.6297),
            (0, 10, 5, 10, 1.0),
        ):
            with self.subTest(before=before, after=after):
                p_value = fisher_less(before, total_before, after, total_after)
                self.assertAlmostEqual(p_value, expected, 3)

    def test_impossible_counts_are_refused(self):
        with self.assertRaises(ValueError):
            fisher_less(5, 4, 0, 4)


@tagged("post_install", "-at_install")
class TestProblem(LifeCommon):
    """T21.2, T21.3: what was done is held against what came after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write({"cause_by": "customer", "cause_threshold": 0, "reopen_days": 0})
        # orders of other tests and of the demo data do not count
        cls.buyer = cls.env["res.partner"].create({"name": "Counted", "is_company": True})
        cls.problem = (
            cls.env["om.problem"]
            .with_user(cls.specialist)
            .create({"name": "Wrong part numbers", "type_id": cls.kind.id, "partner_id": cls.buyer.id})
        )

    def _days(self, first, orders, affected):
        """So many orders, and so many of them affected, on each of five days from ``first`` days on."""
        for number in range(5):
            day = datetime.combine(CHANGE, datetime.min.time()) + timedelta(days=first + number, hours=12)
            entered = (
                self.env["sale.order"]
                .concat(*(self._order(partner_id=self.buyer.id) for _ in range(orders)))
                .sudo()
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE sale_order SET create_date = %s WHERE id = ANY(%s)", [day, entered.ids]
            )
            with freeze_time(day):
                self.env["om.exception"]._raise(
                    self.kind.code, [Finding(order, found="this") for order in entered[:affected]]
                )

    def _correct(self):
        self.problem.write(
            {
                "root_cause_id": self.cause.id,
                "why_1": "The list is old",
                "corrective_action": "Monthly list",
                "corrected_on": CHANGE,
            }
        )
        self.problem.action_correct()

    def test_correction_needs_the_analysis(self):
        with self.assertRaisesRegex(UserError, "Root Cause.*Why"):
            self.problem.action_correct()
        self._correct()
        self.assertEqual(self.problem.state, "verifying")
        self.assertEqual(self.problem.verify_on, CHANGE + timedelta(days=30))

    def test_counts_and_chance_before_and_after(self):
        self._days(-20, orders=4, affected=2)
        self._days(5, orders=4, affected=0)
        with freeze_time("2026-04-25"):
            self._correct()
        self.assertEqual((self.problem.affected_before, self.problem.orders_before), (10, 20))
        self.assertEqual((self.problem.affected_after, self.problem.orders_after), (0, 20))
        self.assertEqual((self.problem.rate_before, self.problem.rate_after), (0.5, 0.0))
        self.assertAlmostEqual(self.problem.p_value, fisher_less(10, 20, 0, 20), 4)

    def test_effective_is_not_said_too_early_nor_of_a_rate_that_did_not_fall(self):
        self._days(-20, orders=2, affected=1)
        self._days(5, orders=2, affected=1)
        with freeze_time("2026-04-25"):
            self._correct()
            with self.assertRaisesRegex(UserError, "count until"):
                self.problem.action_close()
        with freeze_time("2026-04-30"), self.assertRaisesRegex(UserError, "has not fallen"):
            self.problem.action_close()

    def test_problem_that_is_back_opens_again_by_itself(self):
        self._days(-20, orders=2, affected=1)
        with freeze_time("2026-04-30"):
            self._correct()
            self.problem.action_close()
        self.assertEqual(self.problem.state, "effective")
        with freeze_time("2026-05-01"):
            self.env["om.problem"]._cron_watch()
        self.assertEqual(self.problem.state, "effective")
        self._days(40, orders=2, affected=2)
        with freeze_time("2026-05-20"):
            self.env["om.problem"]._cron_watch()
            self.env["om.problem"]._cron_watch()
        self.assertEqual((self.problem.state, self.problem.reopen_count), ("analysis", 1))
        self.assertIn("It is back", "".join(self.problem.message_ids.mapped("body")))
        self.assertEqual(len(self.problem.activity_ids), 1)

    def test_figures_are_not_written_by_hand(self):
        for name, value in (("state", "effective"), ("rate_after", 0.0), ("p_value", 0.01)):
            with self.subTest(field=name), self.assertRaises(UserError):
                self.problem.write({name: value})


@tagged("post_install", "-at_install")
class TestRecurrence(LifeCommon):
    """T21.4: what comes back three times in thirty days is worth a look."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write({"cause_by": "customer_found", "cause_threshold": 0})

    def _problems(self):
        return self.env["om.problem"].search([("type_id", "=", self.kind.id)])

    def _propose(self, times=1):
        for _ in range(times):
            self.env["om.problem"]._cron_propose()
        return self._problems()

    def test_third_time_proposes_one_problem_with_its_cases(self):
        cases = self._case() | self._case()
        self.assertFalse(self._propose())
        cases |= self._case()
        problem = self._propose(times=3)
        self.assertEqual((len(problem), problem.state), (1, "proposed"))
        self.assertEqual(problem.exception_ids, cases.sudo())
        self.assertEqual(problem.partner_id, self.customer)
        self.assertTrue(problem.user_id)

    def test_other_cause_and_older_cases_do_not_count(self):
        with freeze_time(datetime.now() - timedelta(days=31)):
            self._case()
        self._case()
        self._case()
        self._case(found="other")
        self.assertFalse(self._propose())

    def test_further_cases_join_the_open_problem(self):
        for _ in range(3):
            self._case()
        problem = self._propose()
        problem.with_user(self.specialist).action_analyse()
        another = self._case()
        self.assertEqual(self._propose(), problem)
        self.assertEqual(another.problem_id, problem)

    def test_rejected_problem_is_proposed_again_only_after_three_more(self):
        for _ in range(3):
            self._case()
        problem = self._propose()
        problem.action_reject()
        self._case()
        self._case()
        self.assertEqual(self._propose(), problem)
        self._case()
        self.assertEqual(len(self._propose()), 2)

    def test_common_cause_counts_through_its_children(self):
        self.kind.cause_threshold = 2
        self._case()
        self._case()
        self.env.cr.flush()
        self.assertFalse(self._propose())
