from odoo import api, fields, models, tools


class OmShipLane(models.Model):
    """How long goods travel from a warehouse to a region, and when the carrier takes them.

    The lane of an order is the one from its warehouse that names its destination most closely: by
    postal code before state before country, then by sequence.
    """

    _name = "om.ship.lane"
    _description = "Shipping Lane"
    _order = "warehouse_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Such as: Columbus to the Midwest, ground.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)
    country_id = fields.Many2one("res.country", help="Destination. Empty: anywhere.")
    state_ids = fields.Many2many(
        "res.country.state", string="States", domain="[('country_id', '=?', country_id)]"
    )
    zip_prefixes = fields.Char(
        "Postal Codes", help="Beginnings of postal codes, with spaces between: 43 44 450. Empty: all."
    )
    carrier = fields.Char(help="Carrier and service, such as: Parcel ground.")
    transit_days = fields.Integer("Transit (working days)", required=True, default=2)
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Transit Calendar",
        check_company=True,
        help="Days on which the carrier moves and delivers goods. Empty: the working days of the warehouse.",
    )
    pickup_time = fields.Float(
        "Pickup", help="Time of day at the warehouse. 0:00: the pickup time of the warehouse."
    )

    _transit_not_negative = models.Constraint("CHECK (transit_days >= 0)", "Transit takes no negative time.")
    _pickup_in_day = models.Constraint(
        "CHECK (pickup_time >= 0 AND pickup_time < 24)", "The pickup is a time of day."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lanes = super().create(vals_list)
        self._times_changed()
        return lanes

    def write(self, vals):
        result = super().write(vals)
        self._times_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._times_changed()
        return result

    @api.model
    def _times_changed(self, calendars=None):
        """Lanes, pickups or working days have changed: work out the cut-offs of open orders again, soon.

        :param calendars: the calendars that changed; those of people concern no shipment
        """
        if calendars is not None:
            # sudo: whoever changes a calendar may not read warehouses
            env = self.sudo().with_context(active_test=False).env
            users = (
                ("om.ship.lane", "calendar_id"),
                ("stock.warehouse", "om_calendar_id"),
                ("res.company", "resource_calendar_id"),
            )
            if not any(
                env[model].search_count([(name, "in", calendars.ids)], limit=1) for model, name in users
            ):
                return
        self.env.registry.clear_cache()
        self.env["sale.order"]._om_rescore_all()

    @api.model
    @tools.ormcache()
    def _plan(self):
        """All lanes by warehouse, the closest first: ``{warehouse id: (lane, …)}`` as plain values."""
        plan = {}
        for lane in self.sudo().search([], limit=None):  # sudo: lanes hold for everybody's orders
            prefixes = tuple((lane.zip_prefixes or "").upper().split())
            closeness = (bool(prefixes), bool(lane.state_ids), bool(lane.country_id))
            plan.setdefault(lane.warehouse_id.id, []).append(
                (closeness, lane.id, lane.country_id.id, frozenset(lane.state_ids.ids), prefixes)
            )
        return {
            warehouse: tuple(sorted(lanes, key=lambda lane: lane[0], reverse=True))
            for warehouse, lanes in plan.items()
        }

    @api.model
    def _find(self, warehouse, address):
        """The lane from ``warehouse`` to ``address``; empty where there is none. No query."""
        for _closeness, lane_id, country, states, prefixes in self._plan().get(warehouse.id, ()):
            if country and address.country_id.id != country:
                continue
            if states and address.state_id.id not in states:
                continue
            if prefixes and not (address.zip or "").strip().upper().startswith(prefixes):
                continue
            return self.browse(lane_id)
        return self.browse()
