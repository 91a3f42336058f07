from odoo.tests import BaseCase, tagged

from ..exposure import HELD, PASSED, QUOTATION, Exposure, OpenOrder, compete


@tagged("post_install", "-at_install")
class TestCompete(BaseCase):
    """How orders compete for one limit: plain Python, no database."""

    def _passing(self, limit, exposure, orders, authorised=frozenset()):
        verdicts = compete(limit, exposure, orders, authorised)
        return [key for key, _order in orders if key in authorised or verdicts[key].over <= 0]

    def test_c1_candidate_is_over_by_1500(self):
        exposure = Exposure(open_items=35000, unapplied=5000, unbilled=3300, drafts=2200, orders=11000)
        verdict = compete(100000, exposure, [("order", OpenOrder(value=55000))])["order"]
        self.assertEqual((exposure.debt, exposure.total, verdict.over), (35500, 46500, 1500))

    def test_c8_first_that_fits_takes_the_room(self):
        # already in order of priority, then age
        held = [("H2", 12000), ("H1", 15000), ("H3", 7500)]
        orders = [(key, OpenOrder(value=value, turn=HELD)) for key, value in held]
        self.assertEqual(self._passing(100000, Exposure(open_items=80000), orders), ["H2", "H3"])

    def test_exactly_the_limit_fits(self):
        orders = [("a", OpenOrder(value=0.1)), ("b", OpenOrder(value=0.2))]
        self.assertEqual(self._passing(0.3, Exposure(), orders), ["a", "b"])

    def test_what_a_person_released_does_not_push_out_what_passed_before(self):
        orders = [
            ("released", OpenOrder(value=5000, turn=HELD)),
            ("passed", OpenOrder(value=100, turn=PASSED)),
        ]
        self.assertEqual(self._passing(1000, Exposure(), orders, {"released"}), ["released", "passed"])
        self.assertEqual(self._passing(1000, Exposure(released=5000), orders[1:]), ["passed"])

    def test_what_a_person_released_counts_for_new_orders(self):
        orders = [("new", OpenOrder(value=100, turn=QUOTATION))]
        self.assertEqual(self._passing(1000, Exposure(released=5000), orders), [])

    def test_delivered_goods_count_even_of_the_last_in_the_queue(self):
        orders = [("a", OpenOrder(value=600)), ("b", OpenOrder(unbilled=500, value=100))]
        self.assertEqual(self._passing(1000, Exposure(), orders), ["b"])

    def test_order_with_nothing_left_to_deliver_is_not_held(self):
        self.assertEqual(self._passing(1, Exposure(open_items=9), [("a", OpenOrder(unbilled=5))]), ["a"])
