"""What the readings, alarms and schedules of a monitoring system mean.

Free of Home Assistant and of any cloud: values in, values out.
"""
