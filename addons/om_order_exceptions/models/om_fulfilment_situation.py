from odoo import api, fields, models

from ..fulfilment_options import Situation, Substitute, Warehouse, options

# Stages in which nothing more is bought
ENDED = ("run_out", "replaced", "obsolete")


class OmFulfilmentSituation(models.AbstractModel):
    """The facts behind proposals: stock here and elsewhere, cost, the customer's flags, for many lines."""

    _name = "om.fulfilment.situation"
    _description = "Situation of Short Lines"

    @api.model
    def _options(self, lines):
        """Ways out of short lines, the best first. A constant number of queries.

        :param lines: ``sale.order.line``, as superuser
        :return: ``{line: [fulfilment_options.Option]}``
        """
        supplies = self.env["om.availability"]._of_lines(lines)
        replacements = {line: line.product_id._om_replacements() for line in supplies}
        products = lines.product_id.union(*(p for found in replacements.values() for p, _ratio in found))
        stock = self.env["om.availability"]._read(products)
        warehouses = self.env["stock.warehouse"].search([("company_id", "in", lines.company_id.ids)])
        result = {}
        for line, supply in supplies.items():
            situation = self._situation(line, supply)
            situation.warehouses = self._elsewhere(line, supply, stock, warehouses)
            situation.substitutes = self._substitutes(line, supply, stock, replacements[line])
            result[line] = options(situation)
        return result

    @api.model
    def _situation(self, line, supply):
        """What there is of the line, what it is worth, and what its customer allows."""
        order, company = line.order_id, line.company_id
        customer = order._om_flags()
        penalty, basis = customer._om_late_penalty(company)
        rate = order.currency_rate or 1.0
        others = order.order_line.filtered(lambda other: other != line and other._om_is_to_ship())
        return Situation(
            needed=supply.needed,
            at_hand=min(supply.at_hand, supply.needed),
            needed_by=order._om_day_there(supply.needed_by),
            today=order._om_day_there(fields.Datetime.now()),
            complete_on=self._complete_on(line, supply),
            price=line._om_value_of(1.0) / rate,
            cost=line.product_id.with_company(company).standard_price,
            other_value=sum(
                other._om_value_of(other._om_in_product_unit(other.product_uom_qty - other.qty_delivered))
                for other in others
            )
            / rate,
            shipments=len(
                order.picking_ids.filtered(lambda p: p.state == "done" and p._is_to_external_location())
            ),
            freight=company.om_shipment_cost,
            penalty_rate=penalty if basis == "day" else 0.0,
            penalty_once=penalty if basis == "once" else 0.0,
            ship_complete=order._om_ships_complete(),
            max_shipments=customer.om_max_shipments,
            min_ship_value=customer.om_min_ship_value or company.om_min_ship_value,
        )

    @api.model
    def _complete_on(self, line, supply):
        """Day on which the last piece can be there, by receipts or by the vendor's lead time; or ``None``."""
        moment = supply.complete_at
        if supply.missing:
            company = line.company_id
            delays = line.product_id.seller_ids.filtered(
                lambda seller: seller.company_id in (company, company.browse())
            ).mapped("delay")
            if line.product_id.om_life_cycle in ENDED or not delays:
                return None
            bought = fields.Datetime.add(fields.Datetime.now(), days=min(delays) + company.security_lead)
            moment = max(moment, bought) if moment else bought
        return line.order_id._om_day_there(moment or fields.Datetime.now())

    @api.model
    def _elsewhere(self, line, supply, stock, warehouses):
        """Other warehouses of the company that have all of it.

        A line of which something was picked stays where it is, and so does what is bought for the order.
        """
        if not supply.from_stock or any(move.state == "done" for move in line.move_ids):
            return []
        return [
            Warehouse(warehouse.id, warehouse.name)
            for warehouse in warehouses
            if warehouse.company_id == line.company_id
            and warehouse != line.warehouse_id
            and stock.left((line.product_id.id, warehouse.id)).free >= supply.needed
        ]

    @api.model
    def _substitutes(self, line, supply, stock, replacements):
        """Products that the customer takes instead, and that are free in the quantity that it needs."""
        answer = line.order_id._om_flags()._om_takes_substitutes()
        if answer == "no":
            return []
        product, company = line.product_id, line.company_id
        return [
            Substitute(
                substitute.id,
                substitute.display_name,
                ratio,
                substitute.with_company(company).standard_price,
                answer == "ask"
                and (substitute != product._om_last_successor()[0] or product.om_successor_consent),
            )
            for substitute, ratio in replacements
            if substitute.company_id in (company, company.browse())
            and stock.left((substitute.id, line.warehouse_id.id)).free >= supply.needed * ratio
        ]
