{
    "name": "Order Management: EDI X12 by Job Queue",
    "summary": "Received and owed EDI documents as jobs of OCA's queue, on many nodes",
    "version": "19.0.1.0.0",
    "category": "Sales/Order Management",
    "author": "Order Management Founders",
    "website": "https://github.com/om-founders/order-management",
    "license": "LGPL-3",
    "depends": ["om_edi_x12", "queue_job"],
    "data": [
        "data/queue_job_channel.xml",
        "data/queue_job_function.xml",
    ],
    "auto_install": True,
}
