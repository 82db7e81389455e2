"""How a cloud is reached: requests, links, bounds."""
