"""Recipes for better and better points, and the one loop that runs them."""
