"""What several benchmarks use: databases of their own, processes of their own, rows in volume."""
