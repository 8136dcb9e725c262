using System.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// Finds the code s ≥ 0 of a vector that minimises ½‖x − b − s·D‖² + λ · Σ s, by FISTA with adaptive restart.
/// </summary>
/// <remarks>
/// <para>Steps of 1 / L with L the largest eigenvalue of the Gram matrix D·Dᵀ; an iteration costs K for each entry that
/// is not 0, because only those rows of the Gram matrix are read. A vector is done once no element would move by more
/// than a thousandth of λ / L.</para>
/// <para>Sources: Beck and Teboulle 2009, A fast iterative shrinkage-thresholding algorithm; O'Donoghue and Candès
/// 2015, Adaptive restart for accelerated gradient schemes (the gradient scheme).</para>
/// <para>Not thread-safe: every thread has its own.</para>
/// </remarks>
internal sealed class NonNegativeLasso
{
    private const float Tolerance = 1e-3f;
    private readonly RowMatrix dictionary;
    private readonly float[] bias;
    private readonly float[] gram;
    private readonly float[] correlations;
    private readonly float[] gradient;
    private readonly float[] point;
    private readonly float[] shifted;
    private readonly float step;
    private readonly int stride;

    /// <summary>Prepares for a dictionary.</summary>
    /// <param name="dictionary">D, unit rows.</param>
    /// <param name="bias">b, as wide as a row.</param>
    public NonNegativeLasso(RowMatrix dictionary, float[] bias)
    {
        this.dictionary = dictionary;
        this.bias = bias;
        this.stride = StrideOf(dictionary.Rows);
        this.gram = new float[dictionary.Rows * this.stride];
        for (int row = 0; row < dictionary.Rows; row++)
        {
            for (int column = 0; column < dictionary.Rows; column++)
            {
                this.gram[(row * this.stride) + column] = VectorMath.Dot(dictionary[row], dictionary[column]);
            }
        }

        this.correlations = new float[this.stride];
        this.gradient = new float[this.stride];
        this.point = new float[this.stride];
        this.shifted = new float[dictionary.Width];
        this.step = 1 / LargestEigenvalue();
    }

    /// <summary>The length of a code with padding, so that it is whole vectors.</summary>
    public static int StrideOf(int atoms) =>
        (atoms + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;

    /// <summary>Improves a code.</summary>
    /// <param name="vector">x.</param>
    /// <param name="lambda">λ, at least 0.</param>
    /// <param name="iterations">The most iterations.</param>
    /// <param name="code">The code to begin with, [StrideOf(K)]; receives the better one.</param>
    public void Solve(ReadOnlySpan<float> vector, float lambda, int iterations, Span<float> code)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            this.shifted[d] = vector[d] - this.bias[d];
        }

        for (int atom = 0; atom < this.dictionary.Rows; atom++)
        {
            this.correlations[atom] = lambda - VectorMath.Dot(this.dictionary[atom], this.shifted);
        }

        // Padding stays 0 for ever: its gradient is +∞.
        this.correlations.AsSpan(this.dictionary.Rows).Fill(float.MaxValue);
        code.CopyTo(this.point);
        float momentum = 1;
        float enough = Math.Max(Tolerance * lambda * this.step, 1e-9f);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            ComputeGradient();
            float next = (1 + MathF.Sqrt(1 + (4 * momentum * momentum))) / 2;
            (float moved, float against) = Step(code, (momentum - 1) / next);
            if (moved <= enough)
            {
                break;
            }

            momentum = next;
            if (against > 0)
            {
                momentum = 1;
                code.CopyTo(this.point);
            }
        }
    }

    /// <summary>gradient = λ − D(x − b) + Gram · point, over the entries of the point that are not 0.</summary>
    private void ComputeGradient()
    {
        this.correlations.CopyTo(this.gradient, 0);
        for (int block = 0; block < this.stride; block += Vector<float>.Count)
        {
            if (Vector.EqualsAll(new Vector<float>(this.point, block), Vector<float>.Zero))
            {
                continue;
            }

            for (int atom = block; atom < block + Vector<float>.Count; atom++)
            {
                if (this.point[atom] != 0)
                {
                    VectorMath.AddScaled(
                        this.gradient, this.gram.AsSpan(atom * this.stride, this.stride), this.point[atom]);
                }
            }
        }
    }

    /// <summary>
    /// Takes a proximal step from the point and extrapolates; returns the largest move of an element from the point,
    /// and whether the step goes against the direction of travel.
    /// </summary>
    private (float Moved, float Against) Step(Span<float> code, float beta)
    {
        Vector<float> steps = new(this.step);
        Vector<float> betas = new(beta);
        Vector<float> largest = Vector<float>.Zero;
        Vector<float> against = Vector<float>.Zero;
        for (int i = 0; i < this.stride; i += Vector<float>.Count)
        {
            Vector<float> from = new(this.point, i);
            Vector<float> old = new(code[i..]);
            Vector<float> to = Vector.Max(Vector<float>.Zero, from - (steps * new Vector<float>(this.gradient, i)));
            Vector<float> travel = to - old;
            largest = Vector.Max(largest, Vector.Abs(to - from));
            against = Vector.FusedMultiplyAdd(from - to, travel, against);
            Vector.FusedMultiplyAdd(travel, betas, to).CopyTo(this.point, i);
            to.CopyTo(code[i..]);
        }

        float moved = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            moved = Math.Max(moved, largest[lane]);
        }

        return (moved, Vector.Sum(against));
    }

    /// <summary>The largest eigenvalue of D·Dᵀ, from above: power iteration and a hundredth on top.</summary>
    private float LargestEigenvalue()
    {
        const int Iterations = 50;
        float[] vector = new float[this.stride];
        float[] product = new float[this.stride];
        vector.AsSpan(0, this.dictionary.Rows).Fill(1);
        // A vector that is orthogonal to the leading eigenvector would find another one: tilt it.
        vector[0] = 1.5f;
        float eigenvalue = 1;
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            for (int row = 0; row < this.dictionary.Rows; row++)
            {
                product[row] = VectorMath.Dot(this.gram.AsSpan(row * this.stride, this.stride), vector);
            }

            float length = MathF.Sqrt(VectorMath.Dot(product, product));
            eigenvalue = length / MathF.Sqrt(VectorMath.Dot(vector, vector));
            for (int row = 0; row < vector.Length; row++)
            {
                vector[row] = length > 0 ? product[row] / length : 0;
            }
        }

        return Math.Max(1, eigenvalue) * 1.01f;
    }
}
