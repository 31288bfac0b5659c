from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0110_changes"),
        ("subscriptions", "0120_filing"),
        ("subscriptions", "0131_data_assignment_rules"),
        ("subscriptions", "0141_data_request_page"),
        ("subscriptions", "0151_data_visits"),
        ("subscriptions", "0161_data_deadlines"),
        ("subscriptions", "0171_data_centre"),
        ("subscriptions", "0181_data_usage"),
        ("subscriptions", "0190_subscription_papers"),
    ]
    operations = []
