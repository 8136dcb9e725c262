using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>Sums of the first four powers of activations, in pairs of float32.</summary>
internal struct PowerSums
{
    public TwoFloat First;
    public TwoFloat Second;
    public TwoFloat Third;
    public TwoFloat Fourth;

    /// <summary>Adds the powers of a number; called in kernels.</summary>
    public static PowerSums Add(PowerSums sums, float value)
    {
        float square = Fma(value, value, 0);
        float error = Fma(value, value, -square);
        TwoFloat third = TwoFloat.AddProduct(sums.Third, square, value);
        TwoFloat fourth = TwoFloat.AddProduct(sums.Fourth, square, square);
        // v³ = (v² + error) · v and v⁴ = (v² + error)², of which only error² is left out.
        return new PowerSums
        {
            First = TwoFloat.Add(sums.First, value),
            Second = TwoFloat.AddProduct(sums.Second, value, value),
            Third = new TwoFloat(third.High, Fma(error, value, third.Low)),
            Fourth = new TwoFloat(fourth.High, Fma(2 * error, square, fourth.Low)),
        };
    }
}
