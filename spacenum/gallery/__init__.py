"""The item gallery: a static page with every item, its frames and every model's answer."""
