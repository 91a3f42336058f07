from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

WAYS = [
    ("wait", "Wait"),
    ("split", "Ship in two"),
    ("warehouse", "Other warehouse"),
    ("substitute", "Substitute"),
    ("cancel", "Cancel the rest"),
]


class OmFulfilmentProposal(models.Model):
    """One way out for a line that is short: what the customer gets and when, what it costs, and why.

    Proposals are made when somebody asks for them, and made anew each time: stock moves on. What was
    applied stays as evidence. See ``fulfilment_options.py`` for what is legal and how it is ranked.
    """

    _name = "om.fulfilment.proposal"
    _description = "Fulfilment Proposal"
    _order = "exception_id, rank, id"
    _rec_name = "why"

    exception_id = fields.Many2one(
        "om.exception", required=True, ondelete="cascade", index=True, readonly=True
    )
    order_line_id = fields.Many2one("sale.order.line", readonly=True, ondelete="cascade", index=True)
    order_id = fields.Many2one(related="order_line_id.order_id", store=True, index=True)
    partner_id = fields.Many2one(related="exception_id.partner_id", store=True)
    ordered_product_id = fields.Many2one(related="order_line_id.product_id", string="Ordered", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    rank = fields.Integer(readonly=True, aggregator=None)
    way = fields.Selection(WAYS, required=True, readonly=True)
    promise_date = fields.Date("Complete On", readonly=True, help="Day of the last delivery.")
    quantity_now = fields.Float("Now", digits="Product Unit", readonly=True, aggregator=None)
    quantity_later = fields.Float("Later", digits="Product Unit", readonly=True, aggregator=None)
    product_uom_id = fields.Many2one(related="ordered_product_id.uom_id", string="Unit")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    product_id = fields.Many2one("product.product", "Substitute", readonly=True)
    ratio = fields.Float(readonly=True)
    needs_consent = fields.Boolean("Ask the Customer", readonly=True)
    # one of them is taken: sums of alternatives say nothing
    freight = fields.Monetary(readonly=True, aggregator=None)
    margin = fields.Monetary("Margin Lost", readonly=True, aggregator=None)
    penalty = fields.Monetary(readonly=True, aggregator=None)
    cost = fields.Monetary("Total Cost", readonly=True, aggregator=None)
    why = fields.Char(readonly=True)
    state = fields.Selection(
        [("proposed", "Proposed"), ("applied", "Applied")], default="proposed", required=True, readonly=True
    )
    applied_by_id = fields.Many2one("res.users", readonly=True)
    applied_at = fields.Datetime(readonly=True)

    @api.depends("way", "why")
    def _compute_display_name(self):
        ways = dict(self._fields["way"]._description_selection(self.env))
        for proposal in self:
            proposal.display_name = f"{ways.get(proposal.way, '')}: {proposal.why}"

    def action_apply(self):
        """Do what this proposal says: opens the dialog with it chosen."""
        self.ensure_one()
        action = self.exception_id.with_context(om_keep_proposals=True).action_resolve()
        fix = self.env.ref("om_order_exceptions.fix_apply_proposal")
        return {
            **action,
            "context": {**action["context"], "default_fix_id": fix.id, "default_proposal_id": self.id},
        }

    # ------------------------------------------------------------------------------ making proposals

    @api.model
    def _propose(self, exceptions):
        """Replace the open proposals of these cases by what is possible now.

        :param exceptions: open ``om.exception`` with an order line, as superuser
        :return: the proposals, ranked per case
        """
        self.search([("exception_id", "in", exceptions.ids), ("state", "=", "proposed")]).unlink()
        options = self.env["om.fulfilment.situation"]._options(exceptions.order_line_id)
        return self.create(
            [
                self._prepare(exception, option, rank)
                for exception in exceptions
                for rank, option in enumerate(options.get(exception.order_line_id, ()), 1)
            ]
        )

    @api.model
    def _prepare(self, exception, option, rank):
        """Values of the proposal of ``option``."""
        substitute = option.substitute
        return {
            "exception_id": exception.id,
            "order_line_id": exception.order_line_id.id,
            "company_id": exception.company_id.id,
            "rank": rank,
            "way": option.way,
            "promise_date": option.promise,
            "quantity_now": option.now,
            "quantity_later": option.later,
            "freight": option.freight,
            "margin": option.margin,
            "penalty": option.penalty,
            "cost": option.total,
            "warehouse_id": option.warehouse.id if option.warehouse else False,
            "product_id": substitute.id if substitute else False,
            "ratio": substitute.ratio if substitute else 0.0,
            "needs_consent": bool(substitute and substitute.needs_consent),
            "why": self._why(exception, option),
        }

    @api.model
    def _why(self, exception, option):
        """What is done, and the terms of its cost, in one line for people."""
        line, currency = exception.order_line_id, exception.company_id.currency_id
        day = format_date(self.env, option.promise) if option.promise else ""
        now, later = line._om_quantity_text(option.now), line._om_quantity_text(option.later)
        if option.way == "wait":
            text = self.env._("all of it on %s", day)
        elif option.way == "split":
            text = self.env._("%(now)s now, %(later)s on %(day)s", now=now, later=later, day=day)
        elif option.way == "warehouse":
            text = self.env._(
                "%(now)s from %(place)s on %(day)s", now=now, place=option.warehouse.name, day=day
            )
        elif option.way == "substitute":
            text = self.env._(
                "%(ratio)s × %(product)s for each on %(day)s",
                ratio=f"{option.substitute.ratio:g}",
                product=option.substitute.name,
                day=day,
            )
        elif option.now:
            text = self.env._("%s now, nothing more", now)
        else:
            text = self.env._("nothing of it")
        terms = [
            f"{name} {formatLang(self.env, amount, currency_obj=currency)}"
            for name, amount in (
                (self.env._("shipment"), option.freight),
                (self.env._("margin"), option.margin),
                (self.env._("penalty"), option.penalty),
            )
            if amount
        ]
        return f"{text} ({', '.join(terms) or self.env._('no cost')})"

    # ---------------------------------------------------------------------------- applying proposals

    def _apply(self, consent=""):
        """Do what these proposals say, one per case, all or nothing.

        :param consent: who of the customer agreed to a substitute, and when
        :raise UserError: what was proposed is not possible any more, or consent is missing
        """
        for proposal in self:
            proposal._check_still_possible()
            if proposal.needs_consent and not (consent or "").strip():
                raise UserError(
                    self.env._(
                        "%s wants to be asked: enter who agreed, and when.", proposal.partner_id.display_name
                    )
                )
            note = f"{proposal.display_name} {consent or ''}".strip()
            order = proposal.order_id
            getattr(proposal, f"_apply_{proposal.way}")()
            order.message_post(body=note)
            self.env["om.order.event"]._log("changed", order, note=note, source=proposal)
        # sudo: proposals are written by this step only
        self.sudo().write(
            {"state": "applied", "applied_by_id": self.env.uid, "applied_at": fields.Datetime.now()}
        )

    def _check_still_possible(self):
        """Look again: is this way still open, in the same quantity and for the same day?"""
        self.ensure_one()
        line = self.sudo().order_line_id  # sudo: figures of stock and cost
        for option in self.env["om.fulfilment.situation"].sudo()._options(line).get(line, ()):
            if (
                option.way == self.way
                and (option.warehouse.id if option.warehouse else False) == self.warehouse_id.id
                and (option.substitute.id if option.substitute else False) == self.product_id.id
                and option.promise == (self.promise_date or None)
                and option.now == self.quantity_now
            ):
                return
        raise UserError(
            self.env._("%s is not possible any more. Look at the new proposals.", self.display_name)
        )

    def _apply_wait(self):
        """Promise all of it for the day: the order's date where it is all that is left, or ships complete."""
        order, line = self.order_id, self.order_line_id
        moment = order._om_noon(self.promise_date)
        others = order.order_line.filtered(lambda other: other != line and other._om_is_to_ship())
        if others and not order._om_ships_complete():
            line._om_promise_rest(moment)
        elif not order.commitment_date or order.commitment_date < moment:
            order.commitment_date = moment
            line.om_line_commitment_date = False

    def _apply_split(self):
        """Ship what is there, and promise the rest for the day."""
        line = self.order_line_id
        line._om_promise_rest(self.order_id._om_noon(self.promise_date))
        line.move_ids.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
        )._action_assign()

    def _apply_warehouse(self):
        """Ship the line from the other warehouse: its moves here end, new ones begin there."""
        line = self.order_line_id
        line.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        line.warehouse_id = self.warehouse_id
        line._action_launch_stock_rule()

    def _apply_substitute(self):
        """Deliver the substitute for what is left, at the customer's price."""
        self.order_line_id._om_substitute(self.product_id, self.ratio)

    def _apply_cancel(self):
        """Take off the order what is not at hand."""
        line = self.order_line_id
        kept = line.qty_delivered + line._om_in_line_unit(self.quantity_now)
        if not kept and line.state != "sale":
            # the proposal and the case outlive the line
            # sudo: proposals are kept by our own code only
            self.sudo().write({"order_line_id": False})
            line.unlink()
        else:
            line.product_uom_qty = kept
