#!/bin/sh
echo one
if [ "$1" = start ]; then
  echo starting
