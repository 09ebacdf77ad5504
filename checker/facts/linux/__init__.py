"""What a Linux image holds, by concept; every field is a fact, as checker.facts.linux_guest says."""
