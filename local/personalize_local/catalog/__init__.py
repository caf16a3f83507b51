"""What can be asked for: recipes, solutions, filters, and the data behind them."""
