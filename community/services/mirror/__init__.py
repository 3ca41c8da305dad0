"""What happens when Discord tells of a server: our picture of it is made true again."""
