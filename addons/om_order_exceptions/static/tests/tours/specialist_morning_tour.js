import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A specialist's morning: what is mine and due, take the most pressing, read why, cure it; the order is free.
registry.category("web_tour.tours").add("om_specialist_morning", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open Order Management",
            trigger: ".o_app[data-menu-xmlid='om_order_exceptions.menu_root']",
            run: "click",
        },
        {
            content: "open the filters of the queue",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "only what is mine",
            trigger: ".o_filter_menu .o_menu_item:contains('Mine')",
            run: "click",
        },
        {
            trigger: ".o_searchview_facet:contains('Mine')",
        },
        {
            content: "close the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "the most pressing case stands first; open it",
            trigger: ".o_data_row:first:contains('E-ITM-DISC') td[name='found']",
            run: "click",
        },
        {
            content: "take it",
            trigger: "button[name='action_claim']",
            run: "click",
        },
        {
            content: "it is mine now",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('In Progress')",
        },
        {
            content: "what to do stands beside it",
            trigger: "button[name='action_resolve']",
            run: "click",
        },
        {
            content: "another product",
            trigger: ".modal .o_field_widget[name='fix_id'] label:contains('Replace')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='product_id'] input",
            run: "edit TOA-1",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Toaster')",
            run: "click",
        },
        {
            content: "cure it",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "the case is closed",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Resolved')",
        },
        {
            content: "back to the order",
            trigger: "button[name='action_open_document']",
            run: "click",
        },
        {
            content: "nothing stands in its way any more",
            trigger: ".o_form_view .o_field_widget[name='order_line'] .o_data_row:contains('Toaster')",
        },
        {
            content: "confirm it",
            trigger: "button[name='action_confirm']:visible",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Sales Order')",
        },
    ],
});
