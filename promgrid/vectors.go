package promgrid

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// vectors are the metrics of an Observer that have a handler. The first of two is the
// client's, the second the server's.
type vectors struct {
	sent, received                 [2]*prometheus.CounterVec
	messagesSent, messagesReceived [2]*prometheus.CounterVec
	retries                        *prometheus.CounterVec
	queued                         *prometheus.HistogramVec
}

func newVectors(o Options) vectors {
	v := vectors{
		sent:             counterVecs("sent_bytes_total", "Bytes of payloads that %s has sent in calls and streams, as encoded."),
		received:         counterVecs("received_bytes_total", "Bytes of payloads that %s has received in calls and streams, as encoded."),
		messagesSent:     counterVecs("stream_messages_sent_total", "Messages of streams that %s has sent."),
		messagesReceived: counterVecs("stream_messages_received_total", "Messages of streams that %s has received."),
		retries:          counterVec("grid_client_retries_total", "How often calls were handed to a session once more."),
	}
	h := prometheus.HistogramOpts{
		Name: "grid_server_queued_seconds", Help: "How long requests waited from their arrival until their handler could begin.",
		NativeHistogramBucketFactor: 1.1893, NativeHistogramMaxBucketNumber: buckets,
	}
	if !o.NativeOnly {
		h.Buckets = prometheus.ExponentialBuckets(1.0/(1<<14), 4, 9) // 61 µs to 4 s
	}
	v.queued = prometheus.NewHistogramVec(h, []string{"handler"})
	return v
}

func counterVec(name, help string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"handler"})
}

// counterVecs are the same counter of both ends.
func counterVecs(name, help string) (both [2]*prometheus.CounterVec) {
	for i, end := range []string{client, server} {
		both[i] = counterVec("grid_"+end+"_"+name, strings.ReplaceAll(help, "%s", "the "+end))
	}
	return both
}

func (v *vectors) collectors() []prometheus.Collector {
	all := []prometheus.Collector{v.retries, v.queued}
	for i := range 2 {
		all = append(all, v.sent[i], v.received[i], v.messagesSent[i], v.messagesReceived[i])
	}
	return all
}

// counters returns those of one handler.
func (v *vectors) counters(atServer bool, handler string) *handlerCounters {
	end := 0
	if atServer {
		end = 1
	}
	c := &handlerCounters{
		sent: v.sent[end].WithLabelValues(handler), received: v.received[end].WithLabelValues(handler),
		messagesSent: v.messagesSent[end].WithLabelValues(handler), messagesReceived: v.messagesReceived[end].WithLabelValues(handler),
	}
	if atServer {
		c.queued = v.queued.WithLabelValues(handler)
	} else {
		c.retries = v.retries.WithLabelValues(handler)
	}
	return c
}
