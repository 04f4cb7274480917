#!/bin/sh
echo "starting
ls
echo "done"
