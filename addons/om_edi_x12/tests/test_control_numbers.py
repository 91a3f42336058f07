from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import EdiCommon, interchange, purchase_order


@tagged("post_install", "-at_install")
class TestControlNumbers(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edi_partner.sequence_check = "isa"
        cls.edi_manager = new_test_user(cls.env, "edi_manager", "om_edi_x12.group_edi_manager")

    def _come(self, *numbers):
        for number in numbers:
            self._receive(interchange(purchase_order(f"PO-{number}"), control=number))

    def _gap(self):
        return self.env["om.exception"].search([("code", "=", "E-EDI-SEQ"), ("is_open", "=", True)])

    def test_numbers_that_follow_each_other_raise_nothing(self):
        self._come(17, 18, 19)
        self.assertFalse(self._gap())
        self.assertEqual(self.edi_partner.sequence_ids.mapped("last_number"), [19])

    def test_gap_names_the_missing_numbers_and_closes_when_all_have_come(self):
        self._come(1, 5, 7)
        gap = self._gap()
        self.assertEqual(gap.found, "ISA: missing 000000002–000000004, 000000006")
        self.assertEqual(gap.partner_id, self.customer)
        self._come(3, 6, 2)
        self.assertEqual(self._gap(), gap)
        self.assertEqual(gap.found, "ISA: missing 000000004")
        self._come(4)
        self.assertFalse(self._gap())
        self.assertEqual(gap.state, "auto_closed")

    def test_partner_that_counts_over_all_its_partners_has_no_gaps(self):
        self.edi_partner.sequence_check = False
        self._come(1, 500)
        self.assertFalse(self._gap())
        self.assertFalse(self.edi_partner.sequence_ids)

    def test_after_the_last_number_comes_the_first(self):
        self._come(999_999_998, 999_999_999, 1)
        self.assertFalse(self._gap())
        self._come(3)
        self.assertEqual(self._gap().found, "ISA: missing 000000002")

    def test_gap_of_group_numbers_is_found_for_each_kind_where_the_partner_counts_so(self):
        self.edi_partner.sequence_check = "kind"
        one, two = (interchange(purchase_order(f"PO-{n}"), control=n) for n in (1, 2))
        self._receive(one.replace(b"*1*X*", b"*70*X*").replace(b"GE*1*1~", b"GE*1*70~"))
        self._receive(two.replace(b"*2*X*", b"*73*X*").replace(b"GE*1*2~", b"GE*1*73~"))
        self.assertEqual(self._gap().found, "GS PO: missing 000000071–000000072")
        self.assertEqual(sorted(self.edi_partner.sequence_ids.mapped("kind")), ["GS PO", "ISA"])

    def test_file_that_is_tried_again_changes_no_counter(self):
        self._come(1)
        intake = self._receive(interchange(purchase_order("PO-2"), control=2, ge=3))
        intake.with_user(self.specialist).action_process()
        self.assertEqual(self.edi_partner.sequence_ids.last_number, 2)
        self.assertFalse(self._gap())

    def test_numbers_that_were_never_used_are_forgotten_by_the_edi_manager_only(self):
        self._come(1, 4)
        sequence = self.edi_partner.sequence_ids
        with self.assertRaises(AccessError):
            sequence.with_user(self.specialist).action_forget_missing()
        sequence.with_user(self.edi_manager).action_forget_missing()
        self.assertFalse(self._gap())
        self.assertFalse(sequence.missing)

    def test_many_interchanges_of_a_file_cost_one_search_of_counters(self):
        def queries(start, count):
            numbers = list(range(start, start + 2 * count, 2))  # a gap after each
            self.env.flush_all()
            self.env.invalidate_all()
            self.edi_partner.mapped("sequence_check")
            before = self.env.cr.sql_log_count
            self.env["om.edi.sequence"]._note(self.edi_partner, {"ISA": numbers})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1, 2)
        self.assertEqual(queries(100, 2), queries(1000, 300))

    def test_number_twice_in_a_file_is_refused_and_answered(self):
        data = interchange(purchase_order("PO-1"), control=5) + interchange(purchase_order("PO-2"), control=5)
        intake = self._receive(data)
        self.assertEqual(intake.order_ids.mapped("client_order_ref"), ["PO-1"])
        self.assertIn("twice in the file", intake.message)
        ta1 = self.env["om.edi.transaction"].search([("set_id", "=", "TA1")])
        self.assertEqual(ta1.segments[0][-2:], ["R", "025"])

    def test_number_twice_in_a_file_is_taken_where_the_partner_may(self):
        self.edi_partner.check_control_numbers = False
        data = interchange(purchase_order("PO-1"), control=5) + interchange(purchase_order("PO-2"), control=5)
        intake = self._receive(data)
        self.assertEqual(sorted(intake.order_ids.mapped("client_order_ref")), ["PO-1", "PO-2"])
        self.assertEqual(intake.state, "done")

    def test_number_of_a_cut_interchange_may_come_again(self):
        self._receive(interchange(purchase_order("PO-1"), control=5)[:-30])
        intake = self._receive(interchange(purchase_order("PO-1"), control=5))
        self.assertEqual(intake.order_ids.mapped("client_order_ref"), ["PO-1"])

    def test_ta1_is_sent_as_the_partner_wants(self):
        plain = interchange(purchase_order("PO-1"))
        asked = plain.replace(b"*0*P*>", b"*1*P*>")
        cut = plain[:-30]
        expected = {
            "error": [False, True, True],
            "request": [False, True, False],
            "always": [True, True, True],
            "never": [False, False, False],
        }
        for policy, answered in expected.items():
            self.edi_partner.ta1_policy = policy
            for n, data in enumerate((plain, asked, cut)):
                with self.subTest(policy=policy, file=n), self.env.cr.savepoint() as savepoint:
                    intake = self._receive(data)
                    sets = intake.edi_transaction_ids.mapped("set_id")
                    self.assertEqual("TA1" in sets, answered[n])
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_documents_are_numbered_on_from_group_to_group_where_the_partner_wants(self):
        self.edi_partner.number_transactions_on = True
        self._come(1)
        first = [int(a.control_number) for s in ("997", "855") for a in self._sent(s)]
        self._come(2)
        both = [int(a.control_number) for s in ("997", "855") for a in self._sent(s)]
        self.assertEqual(sorted(first), [1, 2])
        self.assertEqual(sorted(both), [1, 2, 3, 4])

    def test_documents_are_numbered_from_1_in_each_group_else(self):
        self._come(1)
        self._sent("997")
        self._come(2)
        self.assertEqual([ack.control_number for ack in self._sent("855")], ["0001", "0001"])


@tagged("post_install", "-at_install")
class TestTestAndProduction(EdiCommon):
    def _interchange(self, number, usage, **kwargs):
        return interchange(purchase_order(number), **kwargs).replace(b"*0*P*>", b"*0*%s*>" % usage)

    def test_test_order_of_a_partner_in_production_is_held(self):
        intake = self._receive(self._interchange("PO-1", b"T"))
        self.assertFalse(intake.order_ids)
        self.assertIn("ISA15 says T (Test)", intake.message)
        self.assertIn("Production", intake.message)
        self.assertEqual(intake.exception_ids.code, "E-EDI-SYNTAX")
        ta1 = intake.edi_transaction_ids.filtered(lambda t: t.set_id == "TA1")
        self.assertEqual(ta1.segments[0][-2:], ["R", "020"])

    def test_held_test_order_is_taken_after_the_partner_was_set_to_test(self):
        intake = self._receive(self._interchange("PO-1", b"T"))
        self.edi_partner.usage = "T"
        intake.with_user(self.specialist).action_process()
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")

    def test_production_order_of_a_partner_in_test_is_held(self):
        self.edi_partner.usage = "T"
        intake = self._receive(self._interchange("PO-1", b"P"))
        self.assertFalse(intake.order_ids)
        self.assertIn("ISA15 says P", intake.message)

    def test_partner_in_test_tests_the_whole_way(self):
        self.edi_partner.usage = "T"
        order = self._receive(self._interchange("PO-1", b"T")).order_ids
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.om_edi_is_test)
        self._sent("855")
        self.assertEqual(set(order.om_edi_transaction_ids.interchange_id.mapped("usage")), {"T"})
        data = self._outbox_file(
            order.om_edi_transaction_ids.interchange_id.filtered("file_name")[0].file_name
        )
        self.assertIn(b"*T*", data[:106])

    def test_test_order_is_confirmed_and_not_shipped_until_a_manager_accepts_it(self):
        self.edi_partner.usage = "T"
        order = self._receive(self._interchange("PO-1", b"T")).order_ids
        case = self._open(order).filtered(lambda case: case.code == "E-EDI-TEST")
        self.assertEqual((order.state, order.om_is_held), ("sale", True))
        self.assertNotIn("assigned", order.picking_ids.mapped("state"))
        with self.assertRaises(UserError):
            self._deliver(order)
        self._resolve(case, "fix_accept", user=self.manager, reason="The 856 is tested as well")
        self.assertFalse(order.om_is_held)
        self._deliver(order)
        self._sent("856")

    def test_order_in_earnest_is_no_test(self):
        self.assertFalse(self._receive_orders("PO-1").om_edi_is_test)

    def test_partner_with_identifiers_of_its_own_for_tests(self):
        self.edi_partner.write({"usage": "T", "test_identifier": "BLUETEST", "our_test_identifier": "OMTEST"})
        data = self._interchange("PO-1", b"T", sender="BLUETEST", receiver="OMTEST")
        order = self._receive(data).order_ids
        self.assertEqual(order.client_order_ref, "PO-1")
        self._sent("855")
        (answer,) = order.om_edi_transaction_ids.filtered(lambda t: t.set_id == "855").interchange_id
        head = self._outbox_file(answer.file_name)[:106]
        self.assertIn(b"OMTEST         *ZZ*BLUETEST ", head)

    def test_test_identifiers_are_refused_in_production(self):
        self.edi_partner.test_identifier = "BLUETEST"
        intake = self._receive(self._interchange("PO-1", b"P", sender="BLUETEST"))
        self.assertFalse(intake.order_ids)
        self.assertIn("BLUETEST", intake.message)
        self.assertIn("Production", intake.message)

    def test_nobody_takes_the_test_identifiers_of_another(self):
        self.edi_partner.test_identifier = "BLUETEST"
        with self.assertRaises(ValidationError):
            self.edi_partner.copy({"identifier": "BLUETEST"})
        with self.assertRaises(ValidationError):
            self.edi_partner.copy({"identifier": "OTHER", "test_identifier": "BLUETEST"})
