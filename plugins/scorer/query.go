package scorer

import (
	"errors"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// Query is what scores are made of.
type Query struct {
	// Vector is what the encoder made of the words, as Prepare leaves it; a kind that needs none looks at none.
	Vector []float32
	User   string // who asks; the kind user goes by it where it is a whole number
}

// Prepare makes a vector fit for a model: it must have the encoder's dimension and finite numbers, and is given length 1 in place
// where the encoder's are; one that is 0 stays so.
func Prepare(e *artifact.Encoder, vector []float32) error {
	if len(vector) != e.Dimension {
		return errors.New("the vector has " + strconv.Itoa(len(vector)) + " numbers, the model was trained on vectors of " +
			strconv.Itoa(e.Dimension) + " by " + e.ID)
	}
	var square float64
	for i, x := range vector {
		if !finite(float64(x)) {
			return errors.New("the vector's number " + strconv.Itoa(i) + " is NaN or infinite")
		}
		square += float64(x) * float64(x)
	}
	if length := math.Sqrt(square); e.Normalize && length > 0 {
		for i, x := range vector {
			vector[i] = float32(float64(x) / length)
		}
	}
	return nil
}

func finite(x float64) bool { return x-x == 0 }
