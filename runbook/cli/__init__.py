"""Reception: one module per verb, all printing, exit statuses."""
