import { registry } from "@web/core/registry";

// Three orders wait for one product that is not for sale any more: one case in the queue, one cure for all.
registry.category("web_tour.tours").add("om_same_cause", {
    url: "/odoo/work-queue",
    steps: () => [
        {
            content: "the queue shows one case for the three orders",
            trigger: ".o_pager_limit:contains(1)",
        },
        {
            trigger: ".o_data_row:contains('E-ITM-DISC')",
        },
        {
            content: "select it",
            trigger: ".o_data_row:first .o_list_record_selector input",
            run: "click",
        },
        {
            content: "and cure it",
            trigger: ".o_control_panel button[name='action_resolve']",
            run: "click",
        },
        {
            content: "the dialog says that it is three orders",
            trigger: ".modal .alert:contains('3')",
        },
        {
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
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "the queue is empty",
            trigger: ".o_nocontent_help:contains('Nothing to do')",
        },
    ],
});
