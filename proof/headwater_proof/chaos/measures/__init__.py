"""What the platform promises while something goes wrong, measured one at a time: `headwater chaos --measure NAME`."""
