import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Why an order is not shipping, and the actions that cure it at the least cost. */
export class ShippingAnswer extends Component {
    static template = "om_order_exceptions.ShippingAnswer";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get answer() {
        return this.props.record.data[this.props.name];
    }

    /** Open the resolve dialog with the action of a cure chosen; look again when it is closed. */
    async cure(cure) {
        const action = await this.orm.call("om.exception", "action_cure", [cure.ids, cure.fix_id]);
        await this.action.doAction(action, { onClose: () => this.props.record.load() });
    }

    openException(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "om.exception",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("om_shipping_answer", {
    component: ShippingAnswer,
    supportedTypes: ["json"],
});
