import { Component } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    received: "fa-inbox",
    entered: "fa-keyboard-o",
    confirmed: "fa-check",
    held: "fa-hand-paper-o",
    released: "fa-unlock",
    changed: "fa-pencil",
    allocated: "fa-cubes",
    picked: "fa-shopping-basket",
    packed: "fa-archive",
    shipped: "fa-truck",
    in_transit: "fa-road",
    delivered: "fa-home",
    invoiced: "fa-file-text-o",
    paid: "fa-money",
    returned: "fa-undo",
    credited: "fa-reply",
    cancelled: "fa-times",
    document_in: "fa-arrow-down",
    document_out: "fa-arrow-up",
};

const TONES = {
    held: "warning",
    cancelled: "danger",
    returned: "danger",
    shipped: "success",
    delivered: "success",
    paid: "success",
};

/** The life of an order: how far it has come, and step by step when, who and how much. */
export class OmTimeline extends Component {
    static template = "om_order_exceptions.Timeline";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get stages() {
        return this.props.record.data[this.props.name]?.stages || [];
    }

    get steps() {
        return (this.props.record.data[this.props.name]?.steps || []).map((step) => ({
            ...step,
            icon: ICONS[step.kind] || "fa-circle",
            tone: TONES[step.kind] || "secondary",
            when: toLocaleDateTimeString(deserializeDateTime(step.at)),
        }));
    }

    percent(stage) {
        return Math.round(stage.share * 100);
    }

    open(step) {
        const [resModel, resId] = step.source;
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("om_timeline", {
    component: OmTimeline,
    supportedTypes: ["json"],
});
