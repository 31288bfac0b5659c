"""What people and staff do with accounts, organizations and memberships."""
