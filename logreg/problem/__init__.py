"""The problem: losses, penalties, the chart of the parameters, the objective and its certificate."""
