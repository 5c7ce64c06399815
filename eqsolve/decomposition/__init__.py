"""Why users gain or lose: a change of regime taken apart, factor by factor and user by user."""
