"""A page of schedules for drills: jobs that leave a row for each slot, and one that kills."""
