from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.om_instruction_rule import plain_words


class OmExceptionFix(models.Model):
    _inherit = "om.exception.fix"

    input = fields.Selection(
        selection_add=[
            ("customer", "Customer"),
            ("text", "Text"),
            ("certificate", "Certificate"),
            ("quantity", "Quantity"),
            ("instruction", "Instruction"),
        ],
        ondelete={
            "customer": "set default",
            "text": "set default",
            "certificate": "set default",
            "quantity": "set default",
            "instruction": "set default",
        },
    )


class OmExceptionResolve(models.TransientModel):
    """Cures of what is wrong with received orders, their master data and their prices."""

    _inherit = "om.exception.resolve"

    customer_id = fields.Many2one("res.partner", domain=[("parent_id", "=", False)])
    text = fields.Char("Value")
    certificate = fields.Char("Certificate Number")
    quantity = fields.Float(digits="Product Unit")
    phrase = fields.Char(
        "Words", compute="_compute_phrase", store=True, readonly=False, help="Words that tell it next time."
    )
    instruction_action = fields.Selection(
        lambda self: self.env["om.instruction.rule"]._fields["action"].selection,
        "What to Do",
        default="warehouse",
    )
    for_all_customers = fields.Boolean()

    @api.depends("exception_ids")
    def _compute_phrase(self):
        for wizard in self:
            wizard.phrase = wizard.exception_ids[:1].found

    # ------------------------------------------------------------------------------- customer, address

    def _om_fix_link_customer(self):
        """Unknown customer: remember its code, and enter what waits in the document."""
        customer = self._need(self.customer_id, self.env._("the customer"))
        for intake in self._intakes():
            intake._link_customers(
                {exception.key: customer for exception in self.exception_ids if exception.intake_id == intake}
            )
        self.exception_ids.sudo()._close(  # sudo: states change by actions only
            "resolved", fix_id=self.fix_id.id
        )

    def _om_fix_try_document_again(self):
        """What was missing is there now: process the received documents again."""
        intakes = self._intakes()
        intakes.action_process()

    def _intakes(self):
        """The received documents on which the exceptions stand."""
        return self.exception_ids.intake_id

    def _om_fix_complete_address(self):
        """Take over what the document says of an address that is known but not complete."""
        for order in self.exception_ids.order_id:
            order._om_complete_ship_to()

    # ------------------------------------------------------------------------------- papers and terms

    def _om_fix_set_tax_id(self):
        """Enter the customer's tax ID."""
        number = self._need(self.text, self.env._("the tax ID"))
        if len(self.exception_ids.partner_id) > 1:
            raise UserError(self.env._("Enter the tax ID of one customer at a time."))
        # sudo: a specialist may not change contacts at large, but may enter what this case asks for
        self.exception_ids.partner_id.sudo().vat = number.strip()

    def _om_fix_add_certificate(self):
        """Register an exemption certificate of the customer, valid until the chosen day."""
        number = self._need(self.certificate, self.env._("the number of the certificate"))
        for exception in self.exception_ids.grouped(lambda e: (e.partner_id, e.company_id)).values():
            self.env["om.tax.certificate"].create(
                {
                    "number": number,
                    "partner_id": exception.partner_id.id,
                    "company_id": exception.company_id.id,
                    "date_end": self._need(self.date, self.env._("the last day on which it is valid")),
                }
            )

    def _om_fix_agreed_terms(self):
        """Put the customer's terms of payment on the orders."""
        for order in self.exception_ids.order_id:
            customer = order.partner_id.commercial_partner_id.with_company(order.company_id)
            order.payment_term_id = customer.property_payment_term_id

    # -------------------------------------------------------------------------------------- agreements

    def _om_fix_extend_assortment(self):
        """Add the products to the customer's assortment."""
        lines = self.exception_ids.order_line_id
        entries = {
            (line.order_id.partner_id.commercial_partner_id, line.product_id.product_tmpl_id, line.company_id)
            for line in lines
        }
        self.env["om.customer.assortment"].create(
            [
                {"partner_id": customer.id, "product_tmpl_id": template.id, "company_id": company.id}
                for customer, template, company in entries
            ]
        )

    def _om_fix_agree_allowance(self):
        """Agree with what the customer's document takes or accepts."""
        allowances = self.env["om.customer.allowance"]
        for exception in self.exception_ids:
            order = exception.order_id
            for received in order.om_po_allowances or ():
                if f"{received['indicator']} {received['code']}" == exception.key:
                    allowances.create(
                        {
                            "partner_id": exception.partner_id.id,
                            "company_id": exception.company_id.id,
                            "indicator": received["indicator"],
                            "code": received["code"],
                            "percent": float(received.get("percent") or 0),
                            "amount": float(received.get("amount") or 0),
                            "note": order.client_order_ref,
                        }
                    )

    def _om_fix_remove_promotion(self):
        """Take the promotion off the orders; their prices are looked at again."""
        for exception in self.exception_ids:
            order = exception.order_id
            codes = order._om_promotion_codes()
            codes.pop(exception.key, None)
            order.om_promotion_code = ", ".join(codes.values()) or False

    def _om_fix_classify_instruction(self):
        """Say what to do with an instruction, and with all like it from now on."""
        phrase = self._need(plain_words(self.phrase) and self.phrase, self.env._("the words that tell it"))
        for exceptions in self.exception_ids.grouped(lambda e: (e.partner_id, e.company_id)).values():
            if not any(f" {plain_words(phrase)} " in f" {plain_words(e.found)} " for e in exceptions):
                raise UserError(
                    self.env._(
                        "“%(words)s” does not stand in “%(found)s”.", words=phrase, found=exceptions[0].found
                    )
                )
            exception = exceptions[0]
            self.env["om.instruction.rule"].create(
                {
                    "phrase": phrase,
                    "action": self._need(self.instruction_action, self.env._("what to do")),
                    "partner_id": False if self.for_all_customers else exception.partner_id.id,
                    "company_id": exception.company_id.id,
                    "learned": True,
                }
            )
            if self.for_all_customers:
                break

    # ------------------------------------------------------------------------------ prices, quantities

    def _om_fix_split_price(self):
        """Meet the customer half way, where the person's authority reaches so far.

        What is left of the difference is accepted with the reason that the customer was met half way.
        """
        lines = self.exception_ids.order_line_id
        prices = lines.order_id._om_contract_prices()
        for exception in self.exception_ids:
            line = exception.order_line_id
            if line not in prices:
                continue
            contract = prices[line]
            net = line.price_unit * (1 - line.discount / 100)
            authority = abs(contract) * exception.company_id.om_price_authority / 100
            is_manager = self.env.user.has_group("om_order_exceptions.group_manager")
            if abs(net - contract) > authority and not is_manager:
                raise AccessError(
                    self.env._(
                        "The difference is more than %s %% of the pricelist: a manager has to meet the "
                        "customer half way.",
                        f"{exception.company_id.om_price_authority:g}",
                    )
                )
            line.write({"price_unit": (net + contract) / 2, "discount": 0.0})
        self.exception_ids.order_id._om_check({"E-PRC-DIFF"})
        left = self.exception_ids.filtered("is_open").sudo()  # sudo: within the authority checked above
        for exception in left:
            exception._close(
                "waived",
                waived_found=exception.found,
                waiver_reason=self.reason or self.env._("Met half way"),
            )

    def _om_fix_extend_price(self):
        """Let the agreed price hold until the chosen day, and put it on the lines."""
        day = self._need(self.date, self.env._("the last day of the price"))
        lines = self.exception_ids.order_line_id
        prices = lines.order_id._om_agreed_prices()
        for line in lines:
            if ended := line._om_ended_price(prices):
                # sudo: pricelists are the sales manager's; only order managers may run this action
                ended.sudo().date_end = fields.Datetime.end_of(fields.Datetime.to_datetime(day), "day")
        contract = lines.order_id._om_contract_prices()
        for line in lines:
            if line in contract:
                line.write({"price_unit": contract[line], "discount": 0.0})

    def _om_fix_small_order_fee(self):
        """Charge the company's small order fee."""
        for order in self.exception_ids.order_id:
            fee = order.company_id.om_small_order_product_id
            self._need(fee, self.env._("the small order fee in the settings"))
            order.write({"order_line": [fields.Command.create({"product_id": fee.id, "product_uom_qty": 1})]})

    def _om_fix_set_quantity(self):
        """Put the quantity that the buyer means on the lines."""
        quantity = self._need(self.quantity, self.env._("the quantity"))
        if quantity < 0:
            raise UserError(self.env._("A quantity is above zero."))
        self.exception_ids.order_line_id.product_uom_qty = quantity

    def _om_fix_round_up_packs(self):
        """Fill up the last pack."""
        self._round_packs(up=True)

    def _om_fix_round_down_packs(self):
        """Leave out the pack that is not full."""
        self._round_packs(up=False)

    def _round_packs(self, up):
        for line in self.exception_ids.order_line_id:
            if not line.product_id.om_pack_uom_id:
                continue
            quantity = line._om_whole_packs(up=up)
            if not quantity:
                raise UserError(
                    self.env._(
                        "%s is less than one pack: fill it up, or reject the line.",
                        line.product_id.display_name,
                    )
                )
            line.product_uom_qty = quantity

    def _om_fix_mark_sample(self):
        """The order is a sample: it may be given away."""
        self.exception_ids.order_id.om_order_type = "sample"
