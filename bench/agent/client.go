// A bare client: fresh connections, evenly paced, one line of JSON at the end. What a prober in Go costs at the least.
// Arguments: kind (http, tcp, dns, udp), address, port, attempts a second, number of attempts.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

func main() {
	kind, target := os.Args[1], net.JoinHostPort(os.Args[2], os.Args[3])
	rate, _ := strconv.Atoi(os.Args[4])
	count, _ := strconv.Atoi(os.Args[5])
	probe := map[string]func(string) (time.Duration, error){"http": overHTTP, "tcp": overTCP, "dns": overUDP(question), "udp": overUDP(datagram)}[kind]
	var wait sync.WaitGroup
	var mutex sync.Mutex
	var connects []float64
	failed := 0
	fmt.Println(`{"ready":true}`)
	begin := time.Now()
	for i := 0; i < count; i++ {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		wait.Add(1)
		go func() {
			defer wait.Done()
			connect, err := probe(target)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				failed++
				return
			}
			connects = append(connects, float64(connect)/1e6)
		}()
	}
	wait.Wait()
	sort.Float64s(connects)
	line, _ := json.Marshal(map[string]any{"answered": len(connects), "failed": failed, "connectMs": connects})
	fmt.Println(string(line))
	io.Copy(io.Discard, os.Stdin)
}

func dial(target string) (net.Conn, time.Duration, error) {
	begin := time.Now()
	connection, err := net.Dial("tcp", target)
	return connection, time.Since(begin), err
}

func overHTTP(target string) (time.Duration, error) {
	var connect time.Duration
	transport := &http.Transport{DisableKeepAlives: true, Dial: func(_, address string) (net.Conn, error) {
		connection, took, err := dial(address)
		connect = took
		return connection, err
	}}
	answer, err := (&http.Client{Transport: transport}).Get("http://" + target + "/")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return connect, err
}

func overTCP(target string) (time.Duration, error) {
	connection, took, err := dial(target)
	if err == nil {
		connection.Close()
	}
	return took, err
}

// An A question for a.example.com, with recursion desired (RFC 1035, 4.1).
var question = append([]byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x01a\x07example\x03com\x00\x00\x01\x00\x01"...)

// As long as the agent's.
var datagram = make([]byte, 100)

func overUDP(request []byte) func(string) (time.Duration, error) {
	return func(target string) (time.Duration, error) {
		begin := time.Now()
		connection, err := net.Dial("udp", target)
		if err != nil {
			return 0, err
		}
		defer connection.Close()
		if _, err = connection.Write(request); err != nil {
			return 0, err
		}
		_, err = connection.Read(make([]byte, 2048))
		return time.Since(begin), err
	}
}
