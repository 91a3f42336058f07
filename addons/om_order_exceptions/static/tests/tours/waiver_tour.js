import { registry } from "@web/core/registry";

// A manager accepts a price below the contract, with the reason; nobody else is offered to.
registry.category("web_tour.tours").add("om_waiver_by_manager", {
    url: "/odoo/work-queue",
    steps: () => [
        {
            content: "the price below the contract waits for a decision",
            trigger: ".o_data_row:contains('E-PRC-DIFF') td[name='found']",
            run: "click",
        },
        {
            content: "accept it as it is",
            trigger: ".o_form_view button[name='action_waive']",
            run: "click",
        },
        {
            content: "not without a reason",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Agreed with the buyer on the phone",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "it is waived, with the value for which it was",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Waived')",
        },
        {
            trigger: ".o_notebook .nav-link:contains('Cause and Cure')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='waiver_reason']:contains('Agreed with the buyer')",
        },
    ],
});

registry.category("web_tour.tours").add("om_no_waiver_by_specialist", {
    url: "/odoo/work-queue",
    steps: () => [
        {
            trigger: ".o_data_row:contains('E-PRC-DIFF') td[name='found']",
            run: "click",
        },
        {
            content: "a specialist resolves",
            trigger: ".o_form_view button[name='action_resolve']",
        },
        {
            content: "and does not waive",
            trigger: ".o_form_view:not(:has(button[name='action_waive']))",
        },
    ],
});
