"""From a seed to scene specs: furnished rooms for transitions, object layouts for cognitive maps."""
