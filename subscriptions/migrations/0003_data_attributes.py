"""What plans of each category are told apart by."""

from django.db import migrations

NUMBER, TEXT, FLAG = "NUMBER", "TEXT", "FLAG"

# category → (code, kind, required, Russian name, its unit, English name, its unit)
ATTRIBUTES = {
    "internet": [
        ("speed", NUMBER, True, "Скорость", "Мбит/с", "Speed", "Mbit/s"),
        ("router", FLAG, False, "Роутер включён", "", "Router included", ""),
        ("static_ip", FLAG, False, "Постоянный IP", "", "Static IP", ""),
    ],
    "tv": [
        ("channels", NUMBER, True, "Каналов", "", "Channels", ""),
        ("hd_channels", NUMBER, False, "Из них HD", "", "Of them in HD", ""),
        ("set_top_box", FLAG, False, "Приставка включена", "", "Set-top box included", ""),
    ],
    "intercom": [
        ("device", TEXT, False, "Устройство", "", "Device", ""),
        ("mobile_app", FLAG, False, "Ответ с телефона", "", "Answer by phone", ""),
        ("video", FLAG, False, "Видео", "", "Video", ""),
    ],
    "cctv": [
        ("cameras", NUMBER, True, "Камер", "", "Cameras", ""),
        ("archive_days", NUMBER, False, "Архив", "дн.", "Archive", "days"),
        ("resolution", TEXT, False, "Разрешение", "", "Resolution", ""),
    ],
    "electricity": [
        ("power", NUMBER, True, "Мощность", "кВт", "Power", "kW"),
        ("phases", NUMBER, False, "Фаз", "", "Phases", ""),
        ("reliability", NUMBER, False, "Категория надёжности", "", "Reliability category", ""),
    ],
    "gas": [
        ("flow", NUMBER, True, "Расход", "м³/ч", "Flow", "m³/h"),
        ("meter", FLAG, False, "Счётчик включён", "", "Meter included", ""),
    ],
    "water": [
        ("flow", NUMBER, False, "Расход", "м³/сут", "Flow", "m³/day"),
        ("meter", FLAG, False, "Счётчик включён", "", "Meter included", ""),
    ],
    "heating": [
        ("load", NUMBER, False, "Тепловая нагрузка", "Гкал/ч", "Heat load", "Gcal/h"),
        ("hot_water", FLAG, False, "Горячая вода", "", "Hot water", ""),
    ],
}


def add_attributes(apps, schema_editor):
    categories = apps.get_model("locations", "ServiceCategory").objects.in_bulk(field_name="code")
    attribute = apps.get_model("subscriptions", "CategoryAttribute")
    for category_code, rows in ATTRIBUTES.items():
        if category_code not in categories:
            continue
        for position, row in enumerate(rows, start=1):
            code, kind, required, name_ru, unit_ru, name_en, unit_en = row
            attribute.objects.get_or_create(
                category=categories[category_code],
                code=code,
                defaults={
                    "kind": kind,
                    "is_required": required,
                    "name_ru": name_ru,
                    "unit_ru": unit_ru,
                    "name_en": name_en,
                    "unit_en": unit_en,
                    "position": position * 10,
                },
            )


def remove_attributes(apps, schema_editor):
    attribute = apps.get_model("subscriptions", "CategoryAttribute")
    for category_code, rows in ATTRIBUTES.items():
        attribute.objects.filter(
            category__code=category_code, code__in=[row[0] for row in rows]
        ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0002_initial"),
        ("locations", "0003_data_categories"),
    ]
    operations = [migrations.RunPython(add_attributes, remove_attributes)]
