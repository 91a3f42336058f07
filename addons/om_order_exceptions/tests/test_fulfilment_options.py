from datetime import date, datetime

from odoo.tests import BaseCase

from ..availability import Pool, Supply
from ..fulfilment_options import Situation, Substitute, Warehouse, options

TODAY = date(2026, 3, 2)
NEEDED = date(2026, 3, 4)


def situation(**values):
    """10 pieces at 20.00 that cost 12.00, 4 at hand, the rest on 9 March: 5 days late at 1 % a day."""
    return Situation(
        **{
            "needed": 10,
            "at_hand": 4,
            "needed_by": NEEDED,
            "today": TODAY,
            "complete_on": date(2026, 3, 9),
            "price": 20.0,
            "cost": 12.0,
            "freight": 8.0,
            "penalty_rate": 1.0,
            **values,
        }
    )


def ranking(**values):
    """``[(way, total cost, day)]`` as ranked."""
    return [(option.way, option.total, option.promise) for option in options(situation(**values))]


class TestPool(BaseCase):
    """Supply is shared out first come, first served."""

    def test_free_stock_goes_first_then_the_earliest_receipt(self):
        pool = Pool(4, [(datetime(2026, 3, 9), 5), (datetime(2026, 3, 5), 3)])
        self.assertEqual(pool.take(6), [(None, 4), (datetime(2026, 3, 5), 2)])
        self.assertEqual(pool.take(9), [(datetime(2026, 3, 5), 1), (datetime(2026, 3, 9), 5)])
        self.assertEqual(pool.take(1), [])

    def test_copy_is_shared_out_on_its_own(self):
        pool = Pool(4, [(datetime(2026, 3, 9), 5)])
        pool.duplicate().take(9)
        self.assertEqual(pool.take(9), [(None, 4), (datetime(2026, 3, 9), 5)])

    def test_negative_stock_gives_nothing(self):
        self.assertEqual(Pool(-3).take(2), [])

    def test_what_comes_too_late_and_what_never_comes_is_short(self):
        supply = Supply(10, [(None, 4), (datetime(2026, 3, 5), 3)])
        self.assertEqual(supply.missing, 3)
        self.assertEqual(supply.short_at(lambda moment: moment < datetime(2026, 3, 5)), 6)
        self.assertEqual(supply.short_at(lambda moment: True), 3)


class TestFulfilmentOptions(BaseCase):
    """Ranked ways out against a table that was computed by hand.

    Late goods of 200.00 (all) or 120.00 (the rest) at 1 % a day; a shipment costs 8.00.
    """

    def test_table(self):
        late, soon = date(2026, 3, 9), NEEDED
        other = Warehouse(7, "East")
        dearer = Substitute(8, "Kettle 2", 1.0, 12.5, False)
        twins = Substitute(9, "Half a kettle", 2.0, 6.0, True)
        table = [
            # wait: 200 x 1 % x 5 d = 10; split: 8 + 120 x 1 % x 5 d = 14; cancel: (20 - 12) x 6 = 48
            ({}, [("wait", 10.0, late), ("split", 14.0, late), ("cancel", 48.0, soon)]),
            # a shipment for 3.00 turns them: split 3 + 6 = 9
            ({"freight": 3.0}, [("split", 9.0, late), ("wait", 10.0, late), ("cancel", 48.0, soon)]),
            # alone in its order the other warehouse costs nothing more
            (
                {"warehouses": [other]},
                [
                    ("warehouse", 0.0, soon),
                    ("wait", 10.0, late),
                    ("split", 14.0, late),
                    ("cancel", 48.0, soon),
                ],
            ),
            # beside other goods it is one more shipment: 8
            (
                {"warehouses": [other], "other_value": 50.0},
                [
                    ("warehouse", 8.0, soon),
                    ("wait", 10.0, late),
                    ("split", 14.0, late),
                    ("cancel", 48.0, soon),
                ],
            ),
            # substitutes: (12.5 - 12) x 10 = 5; 2 x 6 - 12 = 0
            (
                {"substitutes": [dearer, twins]},
                [
                    ("substitute", 0.0, soon),
                    ("substitute", 5.0, soon),
                    ("wait", 10.0, late),
                    ("split", 14.0, late),
                    ("cancel", 48.0, soon),
                ],
            ),
            # no penalty: waiting is free, splitting costs its freight
            ({"penalty_rate": 0.0}, [("wait", 0.0, late), ("split", 8.0, late), ("cancel", 48.0, soon)]),
            # 2 % once, however late: wait 200 x (2 + 5) % = 14; split 8 + 120 x 7 % = 16.40
            ({"penalty_once": 2.0}, [("wait", 14.0, late), ("split", 16.4, late), ("cancel", 48.0, soon)]),
            # nothing at hand, no day known: all that is left is to cancel, (20 - 12) x 10 = 80
            ({"at_hand": 0, "complete_on": None}, [("cancel", 80.0, None)]),
            # ship complete: the other goods of 300 wait, too: (200 + 300) x 1 % x 5 d = 25
            ({"ship_complete": True, "other_value": 300.0, "warehouses": [other]}, [("wait", 25.0, late)]),
        ]
        for values, expected in table:
            with self.subTest(**values):
                self.assertEqual(ranking(**values), expected)

    def test_equal_costs_are_ranked_by_the_earlier_day(self):
        found = ranking(penalty_rate=0.0, warehouses=[Warehouse(7, "East")])
        self.assertEqual([way for way, _total, _day in found], ["warehouse", "wait", "split", "cancel"])

    def test_ranking_is_the_same_whatever_the_order_of_the_facts(self):
        places = [Warehouse(7, "East"), Warehouse(3, "North")]
        names = [
            [option.warehouse.name for option in options(situation(warehouses=order)) if option.warehouse]
            for order in (places, places[::-1])
        ]
        self.assertEqual(names, [["East", "North"], ["East", "North"]])

    def test_single_shipment_forbids_the_split_but_not_less(self):
        self.assertEqual([way for way, *_rest in ranking(max_shipments=1)], ["wait", "cancel"])

    def test_shipments_that_have_left_count(self):
        self.assertIn("split", [way for way, *_rest in ranking(max_shipments=2)])
        self.assertNotIn("split", [way for way, *_rest in ranking(max_shipments=2, shipments=1)])

    def test_no_part_of_a_split_is_below_the_least_value(self):
        # 4 x 20 = 80 now, 6 x 20 = 120 later
        self.assertIn("split", [way for way, *_rest in ranking(min_ship_value=80.0)])
        self.assertNotIn("split", [way for way, *_rest in ranking(min_ship_value=81.0)])
        self.assertIn("split", [way for way, *_rest in ranking(min_ship_value=81.0, other_value=1.0)])
        self.assertNotIn("split", [way for way, *_rest in ranking(min_ship_value=121.0, other_value=100.0)])

    def test_day_that_has_gone_by_is_late_today(self):
        [wait, *_rest] = options(situation(needed_by=date(2026, 3, 1), complete_on=date(2026, 3, 2)))
        self.assertEqual((wait.promise, wait.total), (TODAY, 2.0))
