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
	"strconv"
	"sync"
	"time"
)

func main() {
	kind, target := os.Args[1], net.JoinHostPort(os.Args[2], os.Args[3])
	rate, _ := strconv.Atoi(os.Args[4])
	count, _ := strconv.Atoi(os.Args[5])
	probe := map[string]func(string) (attempt, error){"http": overHTTP, "tcp": overTCP, "dns": overUDP(question), "udp": overUDP(datagram)}[kind]
	var wait sync.WaitGroup
	var mutex sync.Mutex
	var attempts []attempt
	failed := 0
	fmt.Println(`{"ready":true}`)
	begin := time.Now()
	for i := 0; i < count; i++ {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		wait.Add(1)
		go func() {
			defer wait.Done()
			told, err := probe(target)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				failed++
				return
			}
			attempts = append(attempts, told)
		}()
	}
	wait.Wait()
	line, _ := json.Marshal(map[string]any{"answered": len(attempts), "failed": failed, "attempts": attempts})
	fmt.Println(string(line))
	io.Copy(io.Discard, os.Stdin)
}

// One attempt: its local port, how long it took to connect, and from the request to the first byte of the answer.
type attempt struct {
	Port        int     `json:"port"`
	ConnectMs   float64 `json:"connectMs"`
	FirstByteMs float64 `json:"firstByteMs"`
}

func ms(from, to time.Time) float64 { return float64(to.Sub(from)) / 1e6 }

// A connection that knows when it was first written to and read from.
type timed struct {
	net.Conn
	wrote, read time.Time
}

func (connection *timed) Write(bytes []byte) (int, error) {
	if connection.wrote.IsZero() {
		connection.wrote = time.Now()
	}
	return connection.Conn.Write(bytes)
}

func (connection *timed) Read(bytes []byte) (int, error) {
	count, err := connection.Conn.Read(bytes)
	if connection.read.IsZero() {
		connection.read = time.Now()
	}
	return count, err
}

func dial(target string) (net.Conn, attempt, error) {
	begin := time.Now()
	connection, err := net.Dial("tcp", target)
	if err != nil {
		return nil, attempt{}, err
	}
	took := ms(begin, time.Now())
	return connection, attempt{Port: connection.LocalAddr().(*net.TCPAddr).Port, ConnectMs: took}, nil
}

func overHTTP(target string) (attempt, error) {
	var told attempt
	var connection *timed
	transport := &http.Transport{DisableKeepAlives: true, Dial: func(_, address string) (net.Conn, error) {
		dialed, of, err := dial(address)
		told, connection = of, &timed{Conn: dialed}
		return connection, err
	}}
	answer, err := (&http.Client{Transport: transport}).Get("http://" + target + "/")
	if err != nil {
		return told, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	told.FirstByteMs = ms(connection.wrote, connection.read)
	return told, err
}

func overTCP(target string) (attempt, error) {
	connection, told, err := dial(target)
	if err == nil {
		connection.Close()
	}
	return told, err
}

// An A question for a.example.com, with recursion desired (RFC 1035, 4.1).
var question = append([]byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x01a\x07example\x03com\x00\x00\x01\x00\x01"...)

// As long as the agent's.
var datagram = make([]byte, 100)

func overUDP(request []byte) func(string) (attempt, error) {
	return func(target string) (attempt, error) {
		begin := time.Now()
		connection, err := net.Dial("udp", target)
		if err != nil {
			return attempt{}, err
		}
		defer connection.Close()
		if _, err = connection.Write(request); err != nil {
			return attempt{}, err
		}
		_, err = connection.Read(make([]byte, 2048))
		return attempt{FirstByteMs: ms(begin, time.Now())}, err
	}
}
