from odoo import models

# What may come or go when goods leave, come back, or are not sent after all
MOVED = frozenset(
    ("E-SHP-SHORT", "E-SHP-OVER", "E-SHP-LATE", "E-SHP-EARLY", "E-STK-PHANTOM", "E-LBL", "E-INV-LATE")
)


class StockMove(models.Model):
    """Orders are looked at again when their goods move: once per transaction, before it commits."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        # sudo: warehouse users may not read orders
        orders = self.sudo().sale_line_id.order_id
        if any(company.om_label_packages for company in orders.company_id):
            # labels are checked at the door: what is packed last is packed seconds before
            orders._om_check({"E-LBL"})
        result = super()._action_done(cancel_backorder=cancel_backorder)
        orders._om_schedule_check(MOVED)
        if counted := self.filtered("is_inventory").product_id:
            self._om_counted(counted)
        return result

    def _om_counted(self, products):
        """A count of these products answers whether their stock is on the shelf."""
        # sudo: who counts need not be allowed to read exceptions
        cases = (
            self.env["om.exception"]
            .sudo()
            .search(
                [
                    ("code", "=", "E-STK-PHANTOM"),
                    ("is_open", "=", True),
                    ("order_line_id.product_id", "in", products.ids),
                ]
            )
        )
        cases.order_id._om_schedule_check({"E-STK-PHANTOM"})

    def _action_cancel(self):
        result = super()._action_cancel()
        self.sudo().sale_line_id.order_id._om_schedule_check(MOVED)  # sudo: as above
        return result


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        result = super().write(vals)
        if {"quantity", "result_package_id", "picked"} & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
            # sudo: warehouse users may not read orders
            done.move_id.sudo().sale_line_id.order_id._om_schedule_check(MOVED)
            labelled = (self - done).filtered(lambda line: line.company_id.om_label_packages)
            labelled.move_id.sudo().sale_line_id.order_id._om_schedule_check({"E-LBL"})
        return result


class StockPackage(models.Model):
    _inherit = "stock.package"

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals and any(company.om_label_packages for company in self.env.companies):
            # sudo: warehouse users may not read orders
            self.picking_ids.sudo().sale_id._om_schedule_check({"E-LBL"})
        return result
