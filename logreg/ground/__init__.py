"""What everything stands on: numbers that stay finite, solves, threads, and files that are whole or not there."""
