#ifndef SITEWATCH_CMOSQUITTO_SHIM_H
#define SITEWATCH_CMOSQUITTO_SHIM_H

/* libmosquitto, the MQTT client library of the Mosquitto broker. */
#include <mosquitto.h>

#endif
