import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A specialist's morning: an 850 named an item that nobody knows here. The queue shows it, the fix action
// cures it, the order is confirmed and its 855 leaves.
registry.category("web_tour.tours").add("om_edi_unknown_item", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open Order Management",
            trigger: ".o_app[data-menu-xmlid='om_order_exceptions.menu_root']",
            run: "click",
        },
        {
            content: "the work queue shows the unknown item",
            trigger: ".o_data_row:contains('E-ITM-UNK'):contains('BB-PRESS') .o_list_record_selector input",
            run: "click",
        },
        {
            content: "resolve it",
            trigger: ".o_control_panel button[name='action_resolve']",
            run: "click",
        },
        {
            content: "the raw line is shown",
            trigger: ".modal .o_field_widget[name='raw']:contains('PO1*1*6*EA*40**IN*BB-PRESS')",
        },
        {
            content: "look for the product",
            trigger: ".modal .o_field_widget[name='product_id'] input",
            run: "edit TOA-1",
        },
        {
            content: "choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Toaster')",
            run: "click",
        },
        {
            content: "apply the fix",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "the queue has lost the case",
            trigger: ".o_nocontent_help:contains('Nothing to do')",
        },
        {
            content: "go to the orders",
            trigger: "button[data-menu-xmlid='om_order_exceptions.menu_orders']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='om_order_exceptions.menu_order_list']",
            run: "click",
        },
        {
            content: "open the order",
            trigger: ".o_list_view .o_data_row:contains('Bluebird Stores') td[name='partner_id']",
            run: "click",
        },
        {
            content: "it is confirmed",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Sales Order')",
        },
        {
            content: "open its EDI documents",
            trigger: "button[name='action_om_open_edi']",
            run: "click",
        },
        {
            content: "the 855 is on its way",
            trigger: ".o_list_view .o_data_row:contains('855') td[name='set_id']",
            run: "click",
        },
        {
            content: "it accepts the line",
            trigger: ".o_form_view .o_field_widget[name='side_by_side']:contains('ACK*IA*6*EA')",
        },
    ],
});
