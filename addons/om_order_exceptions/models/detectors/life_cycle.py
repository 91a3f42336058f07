from odoo import fields, models
from odoo.tools import SQL, float_repr, format_date

from ...availability import NOISE
from ...detection import Finding, detector

# What is delivered already is not looked at.
OPEN = "(o.state <> 'sale' OR l.qty_delivered < l.product_uom_qty)"


class SaleOrder(models.Model):
    """Life cycle of products: last time buy, run-out, replaced, obsolete."""

    _inherit = "sale.order"

    @detector(
        "E-ITM-DISC",
        line=("product_id", "product_uom_qty", "product_uom_id"),
        suspect_line=f"product.om_life_cycle <> 'active' AND {OPEN}",
    )
    def _om_detect_life_cycle(self):
        """A product at the end of its life is ordered beyond what its stage allows.

        Whoever ordered first is served first: of the quantity of a last time buy, what was confirmed
        before this order is gone.
        """
        lines = self.order_line.filtered(lambda line: line._om_is_open_goods())
        before = lines._om_last_time_ordered_before()
        run_out = lines.filtered(lambda line: line.product_id.om_life_cycle == "run_out")
        supplies = self.env["om.availability"]._of_lines(run_out)
        findings = []
        for line in lines:
            stage = line.product_id.om_life_cycle
            if stage == "last_time_buy":
                findings += line._om_last_time_findings(before.get(line, 0.0))
            elif stage == "run_out" and line in supplies and supplies[line].missing > NOISE:
                findings.append(line._om_run_out_finding(supplies[line]))
            elif stage == "obsolete" or stage == "replaced" and not line._om_asks_for_substitute():
                findings.append(line._om_end_of_life_finding())
        return findings

    @detector(
        "E-SUB",
        order=("partner_id",),
        line=("product_id", "product_uom_qty"),
        suspect_line=f"product.om_life_cycle = 'replaced' AND {OPEN}",
    )
    def _om_detect_substitution(self):
        """A product was replaced, and its customer wants to be asked before the successor comes."""
        return [
            Finding(
                line.order_id,
                found=self.env._("%s is replaced", line.product_id.display_name),
                expected=line._om_successor_text(),
                line=line,
                key="replaced",
                amount=line.price_total,
                values={"x12_status": "ID"},
            )
            for line in self.order_line
            if line._om_is_open_goods()
            and line.product_id.om_life_cycle == "replaced"
            and line._om_asks_for_substitute()
        ]


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_is_open_goods(self):
        """Is a product ordered here of which something is left to deliver?"""
        self.ensure_one()
        return bool(
            self.product_id
            and not self.is_downpayment
            and (self.state != "sale" or self.qty_delivered < self.product_uom_qty)
        )

    def _om_asks_for_substitute(self):
        """Must this customer be asked before the successor is delivered?"""
        self.ensure_one()
        successor, _ratio = self.product_id._om_last_successor()
        answer = self.order_id._om_flags()._om_takes_substitutes()
        return bool(successor and answer == "ask" and self.product_id.om_successor_consent)

    def _om_successor_text(self):
        """The successor and how many of it replace what is ordered; empty where there is none."""
        self.ensure_one()
        successor, ratio = self.product_id._om_last_successor()
        if not successor:
            return ""
        if ratio == 1.0:
            return successor.display_name
        return self.env._(
            "%(ratio)s × %(product)s for each", ratio=f"{ratio:g}", product=successor.display_name
        )

    def _om_last_time_ordered_before(self):
        """What was ordered of a last time buy before these lines, in the product's unit. One query.

        :return: ``{line: quantity}``
        """
        lines = self.filtered(
            lambda line: (
                line.product_id.om_life_cycle == "last_time_buy"
                and line.product_id.om_last_quantity
                and line.product_id.om_last_from
            )
        )
        if not lines:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, COALESCE(SUM(other.product_uom_qty * unit.factor / own.factor), 0)
                  FROM sale_order_line line
                  JOIN sale_order o ON o.id = line.order_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN uom_uom own ON own.id = template.uom_id
                  JOIN sale_order_line other ON other.product_id = line.product_id AND other.id <> line.id
                  JOIN sale_order before ON before.id = other.order_id
                  JOIN uom_uom unit ON unit.id = other.product_uom_id
                 WHERE line.id IN %(lines)s
                   AND before.state = 'sale'
                   AND before.date_order >= product.om_last_from
                   AND (o.state <> 'sale'
                        OR (before.date_order, before.id, other.id) < (o.date_order, o.id, line.id))
                 GROUP BY line.id
                """,
                lines=tuple(lines.ids),
            )
        )
        return {self.browse(line_id): quantity for line_id, quantity in rows}

    def _om_ordered_on(self):
        """Day of the customer's order: when it was received; today for a quotation of our own."""
        self.ensure_one()
        order = self.order_id
        moment = order.om_received_at or (
            order.date_order if order.state == "sale" else fields.Datetime.now()
        )
        return order._om_day_there(moment)

    def _om_last_time_findings(self, before):
        """Findings of a last time buy: too late, or more than is left after ``before``."""
        self.ensure_one()
        product = self.product_id
        findings = []
        if product.om_last_order_date and self._om_ordered_on() > product.om_last_order_date:
            day = format_date(self.env, product.om_last_order_date)
            findings.append(
                self._om_life_cycle_finding(
                    "last_day", self.env._("last time buy of %s is over", product.display_name), day
                )
            )
        left = max(product.om_last_quantity - before, 0.0)
        wanted = self._om_in_product_unit(self.product_uom_qty)
        if product.om_last_quantity and wanted > left + NOISE:
            findings.append(
                self._om_life_cycle_finding(
                    "last_quantity",
                    self._om_quantity_text(wanted),
                    self.env._("no more than %s, the last of it", self._om_quantity_text(left)),
                    allowed_quantity=left,
                )
            )
        return findings

    def _om_run_out_finding(self, supply):
        """Finding of a product that runs out: more is ordered than there is."""
        self.ensure_one()
        left = supply.needed - supply.missing
        return self._om_life_cycle_finding(
            "run_out",
            self._om_quantity_text(supply.needed),
            self.env._("no more than %s, nothing more will come", self._om_quantity_text(left)),
            allowed_quantity=left + self._om_in_product_unit(self.qty_delivered),
        )

    def _om_end_of_life_finding(self):
        """Finding of a product that is replaced or obsolete.

        The acknowledgment names the successor (IS) only to a customer who takes it without being asked.
        """
        self.ensure_one()
        product = self.product_id
        successor = self._om_successor_text()
        stage = dict(product._fields["om_life_cycle"]._description_selection(self.env))[product.om_life_cycle]
        answer = self.order_id._om_flags()._om_takes_substitutes()
        offered = successor and (answer == "yes" or answer == "ask" and not product.om_successor_consent)
        return self._om_life_cycle_finding(
            product.om_life_cycle,
            f"{product.display_name}: {stage}",
            successor or self.env._("a product that is for sale"),
            x12_status="IS" if offered else "ID",
        )

    def _om_life_cycle_finding(self, key, found, expected, **values):
        self.ensure_one()
        return Finding(
            self.order_id,
            found=found,
            expected=expected,
            line=self,
            key=key,
            amount=self.price_total,
            values={"x12_status": "ID", "allowed_quantity": 0.0, **values},
        )

    def _om_quantity_text(self, quantity):
        """``quantity`` (in the product's unit) for people."""
        self.ensure_one()
        unit = self.product_id.uom_id
        text = float_repr(quantity, self.env["decimal.precision"].precision_get("Product Unit"))
        return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit.name}"
