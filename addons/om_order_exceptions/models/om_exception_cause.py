from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import mute_logger


class OmException(models.Model):
    """Same cause: thirty orders that fail for one unknown part number are one case with thirty children.

    The cause of a case is a text that the detector gives (``Finding.cause``), or that is made of what
    its type says. From the type's threshold on, open cases of one cause get a parent. The parent is a
    case without a document: it blocks nothing, shows how many and how much, and its fix action cures
    its children. It is there as long as one of them is open.
    """

    _inherit = "om.exception"

    cause_key = fields.Char("Cause", readonly=True, help="Cases of a type with the same text have one cause.")
    is_parent = fields.Boolean("Common Cause", readonly=True)
    parent_id = fields.Many2one("om.exception", "Same Cause As", readonly=True, index="btree_not_null")
    child_ids = fields.One2many("om.exception", "parent_id", "Cases of this Cause", readonly=True)
    child_count = fields.Integer("Open Cases", readonly=True, aggregator=None)
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null")
    channel = fields.Selection(
        [
            ("upload", "Upload"),
            ("folder", "Folder"),
            ("mail", "Mail"),
            ("portal", "Portal"),
            ("api", "API"),
            ("desk", "Keyed"),
        ],
        readonly=True,
        help="How the order came in.",
    )

    _cause_idx = models.Index(
        "(type_id, cause_key) WHERE is_open IS TRUE AND parent_id IS NULL AND cause_key IS NOT NULL"
    )
    _recurrence_idx = models.Index("(detected_at) WHERE problem_id IS NULL AND cause_key IS NOT NULL")

    @api.model
    def _prepare(self, kind, finding):
        vals = super()._prepare(kind, finding)
        line = finding.line
        order = self.env["sale.order"].browse(vals["order_id"])
        product = line.product_id if line and "product_id" in line._fields else self.env["product.product"]
        vals.setdefault("product_id", product.id)
        channels = dict(self._fields["channel"].selection)
        channel = order.om_intake_id.channel
        vals["channel"] = channel if channel in channels else order and "desk"
        vals["cause_key"] = (
            finding.cause if finding.cause is not None else self._default_cause(kind, vals)
        ) or False
        return vals

    @api.model
    def _default_cause(self, kind, vals):
        """The cause as the type says: what its cases have in common. Empty where something is missing."""
        parts = {"customer": vals["partner_id"], "product": vals["product_id"], "found": vals["found"]}
        named = [parts[name] for name in (kind.cause_by or "").split("_") if name]
        return " | ".join(map(str, named)) if all(named) else False

    def _with_children(self):
        """These cases, and the open children of those that stand for a common cause."""
        return self | self.filtered("is_parent").child_ids.filtered("is_open")

    def action_open_children(self):
        """Open the cases of this cause."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {
            **action,
            "name": self.display_name,
            "domain": [("parent_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_resolve(self):
        """The fix of a common cause is that of its children."""
        parents = self.filtered("is_parent")
        if not parents:
            return super().action_resolve()
        return (self._with_children() - parents).action_resolve()

    def action_open_document(self):
        """A common cause has no document: open its cases."""
        self.ensure_one()
        return self.action_open_children() if self.is_parent else super().action_open_document()

    # ------------------------------------------------------------------- kept once per transaction

    @api.model
    def _cron_group_causes(self):
        """Group what two transactions found at the same moment, or what a lower threshold makes a group."""
        kinds = self.env["om.exception.type"].search([("cause_threshold", ">", 0)])
        groups = self._read_group(
            [
                ("is_open", "=", True),
                ("parent_id", "=", False),
                ("type_id", "in", kinds.ids),
                ("cause_key", "!=", False),
            ],
            ["type_id", "cause_key"],
            ["id:recordset"],
            having=[("__count", ">", 1)],
        )
        cases = self.browse().concat(*(cases for _kind, _cause, cases in groups))
        (cases - cases.filtered("is_parent"))._schedule_follow_up()

    def _group_by_cause(self):
        """Give cases of one cause their parent, and bring the parents of these cases up to date.

        :return: the parents that were touched
        """
        before = self.parent_id
        parents = before | self._adopt()
        parents._refresh_from_children()
        return parents

    def _adopt(self):
        """Link open cases of one cause to their parent, a new one where there are enough of them.

        :return: the parents that got children
        """
        open_cases = self.filtered(lambda case: case.is_open and case.cause_key and not case.is_parent)
        # what is open again is nobody's child as long as its old parent has ended
        open_cases.filtered(lambda case: case.parent_id and not case.parent_id.is_open).write(
            {"parent_id": False}
        )
        loose = open_cases.filtered(lambda case: not case.parent_id and case.type_id.cause_threshold)
        if not loose:
            return self.browse()
        candidates = self.search(
            [
                ("is_open", "=", True),
                ("parent_id", "=", False),
                ("type_id", "in", loose.type_id.ids),
                ("cause_key", "in", list(set(loose.mapped("cause_key")))),
            ]
        )
        groups = (candidates | loose).grouped(
            lambda case: (case.type_id, case.cause_key, case.company_id, case.currency_id)
        )
        new, families = [], []
        for (kind, *_cause), cases in groups.items():
            parent = cases.filtered("is_parent")[:1]
            children = cases.filtered(lambda case: not case.is_parent)
            if not parent and len(children) < max(kind.cause_threshold, 2):
                continue
            families.append((parent, children))
            if not parent:
                new.append(children._prepare_parent())
        if new:
            try:
                with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                    created = iter(self._open_cases(new))
            except UniqueViolation:
                # another transaction has just made the same parent, which this one can't see yet
                self.env["ir.cron"]._om_trigger("om_order_exceptions.cron_group_causes")
                return self.browse()
        adopted = self.browse()
        for parent, children in families:
            parent = parent or next(created)
            children.write({"parent_id": parent.id})
            adopted |= parent
        return adopted

    def _prepare_parent(self):
        """Values of a parent for these cases of one cause."""
        first = self.sorted("id")[0]
        partner = self.partner_id if len(self.partner_id) == 1 else self.partner_id.browse()
        product = self.product_id if len(self.product_id) == 1 else self.product_id.browse()
        return {
            "type_id": first.type_id.id,
            "severity": min(self.mapped("severity")),
            "res_model": "res.company",
            "res_id": first.company_id.id,
            "document_ref": product.display_name or partner.display_name or first.found,
            "key": f"cause {first.cause_key} {first.currency_id.id}",
            "cause_key": first.cause_key,
            "is_parent": True,
            "partner_id": partner.id,
            "product_id": product.id,
            "channel": first.channel if len(set(self.mapped("channel"))) == 1 else False,
            "company_id": first.company_id.id,
            "currency_id": first.currency_id.id,
            "found": first.found,
            "expected": first.expected,
            "amount": sum(self.mapped("amount")),
            "user_id": first.user_id.id,
            "root_cause_id": first.root_cause_id.id,
            "sop_id": first.type_id.sop_id.id,
        }

    def _refresh_from_children(self):
        """Figures of common causes from their open children; the last one to end ends its parent."""
        if not self:
            return
        groups = self._read_group(
            [("parent_id", "in", self.ids), ("is_open", "=", True)],
            ["parent_id"],
            ["__count", "amount:sum", "severity:min", "sla_deadline:min"],
        )
        figures = {parent: values for parent, *values in groups}
        for parent in self.filtered(lambda parent: parent in figures):
            count, amount, severity, deadline = figures[parent]
            new = {"child_count": count, "amount": amount, "severity": severity}
            if deadline and parent.sla_deadline and deadline < parent.sla_deadline:
                new["sla_deadline"] = deadline
            changed = {name: value for name, value in new.items() if parent[name] != value}
            if changed:
                parent.write(changed)
        ended = self.filtered(lambda parent: parent.is_open and parent not in figures)
        ended.write({"child_count": 0})
        ended._end_like_children()

    def _end_like_children(self):
        """End common causes without open cases: resolved where a person cured the last of them."""
        if not self:
            return
        last = {}
        for child in self.search([("parent_id", "in", self.ids)], order="closed_at, id"):
            last[child.parent_id] = child
        for parent in self:
            child = last.get(parent)
            if child and child.state == "resolved":
                parent._close(
                    "resolved",
                    corrective_action=child.corrective_action,
                    root_cause_id=child.root_cause_id.id,
                    fix_id=child.fix_id.id,
                    closed_by_id=child.closed_by_id.id,
                )
            else:
                parent._close("auto_closed")
