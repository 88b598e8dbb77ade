"""Serves a meter of a register table with pymodbus: an independent Modbus peer.

  modbus_server.py TABLE.csv DEVICE tcp PORT | serial PATH

Prints READY, and before it one line per point: name, address, value.
"""
import asyncio
import csv
import struct
import sys

from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.framer import FramerType
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer


def main():
    table, device, kind, where = sys.argv[1:5]
    registers = [0] * 65000
    for number, row in enumerate(r for r in csv.DictReader(open(table)) if r["device"] == device):
        address = int(row["address"])
        value = struct.unpack(">f", struct.pack(">f", (number + 1) * 1.37))[0]
        registers[address:address + 2] = struct.unpack(">HH", struct.pack(">f", value))
        print(f"POINT {row['name']} {row['function']} {address} {value!r}", flush=True)
    # The data block of pymodbus counts from 1.
    block = ModbusSequentialDataBlock(1, registers)
    context = ModbusServerContext(devices=ModbusDeviceContext(ir=block, hr=block), single=True)
    print("READY", flush=True)
    if kind == "tcp":
        asyncio.run(StartAsyncTcpServer(context, address=("127.0.0.1", int(where))))
    else:
        asyncio.run(StartAsyncSerialServer(context, framer=FramerType.RTU, port=where, baudrate=9600))


if __name__ == "__main__":
    main()
