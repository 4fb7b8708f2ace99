"""Reading scans and labels, the published preprocessing, and hosts: scans prepared for implants."""
