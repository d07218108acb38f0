"""Values: identifiers, statuses, attributes, times, variables. Data only, compared and hashed by content."""
