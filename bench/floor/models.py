"""The columns that the floor page reads."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class FloorUser(AbstractBaseUser):
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"

    class Meta:
        managed = False
        db_table = "users_customuser"


class FloorRequest(models.Model):
    number = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    owner_id = models.BigIntegerField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "subscriptions_connectionrequest"

    def __str__(self) -> str:
        return self.number
