import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("om_kpi_service_level", {
    steps: () => [
        {
            content: "the pivot shows the customer's rates as percentages",
            trigger: ".o_pivot td.o_pivot_cell_value .o_value:contains(87.50%)",
        },
        {
            content: "the customer that has nothing due yet has no rate, rather than 0%",
            trigger: ".o_pivot tr:contains(Cardinal Shops):not(:contains(%))",
        },
        {
            content: "the graph draws the same rates",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            trigger: ".o_graph_renderer canvas",
        },
        {
            content: "the list shows the lines behind them",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "a line that failed says how, with its own rate",
            trigger: ".o_data_row:contains(Overdue) td[name=unit_fill_rate]:contains(50%)",
        },
        {
            content: "a line opens its order",
            trigger: ".o_data_row:contains(Overdue) td[name=partner_id]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
    ],
});
