using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

/// <summary>
/// The gradients of mean‖e‖² / V + α · auxiliary loss by every parameter, in double end to end, against central
/// differences. The auxiliary target e counts as a constant, so the differences hold it where it was.
/// </summary>
public sealed class FiniteDifferenceTests
{
    // Steps of 1e-4 on inputs of order 1 change no pre-activation by this much.
    private const double Gap = 5e-3;
    private const double Step = 1e-4;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.03125)]
    [InlineData(2.0)]
    public void Every_gradient_agrees_with_central_differences(double coefficient)
    {
        using ReferenceBackend<double> backend = ReferenceBackend.CreateDouble();
        using TinySae sae = new(backend, coefficient);
        Assert.True(sae.SelectionGap() > Gap, $"The seed leaves a gap of {sae.SelectionGap()} only. Choose another.");
        Dictionary<string, double[]> found = sae.Gradients();
        double roundoff = 64 * sae.Loss() * Math.Pow(2, -53) / Step;
        foreach ((string name, double[] parameters) in sae.Parameters)
        {
            // The loss is quadratic in every single parameter, so the differences are exact but for rounding.
            double[] expected = FiniteDifferences.Central(parameters, sae.Loss, Step);
            TensorAssert.Within(name, expected, found[name], i => (1e-7 * Math.Abs(expected[i])) + roundoff);
            Assert.Contains(expected, gradient => Math.Abs(gradient) > 1e3 * roundoff);
        }
    }

    [Fact]
    public void The_auxiliary_loss_reaches_the_encoder_rows_of_dead_latents()
    {
        using ReferenceBackend<double> backend = ReferenceBackend.CreateDouble();
        using TinySae with = new(backend, 2);
        using TinySae without = new(backend, 0);
        double[] gradient = with.Gradients()["WEnc"];
        double[] plain = without.Gradients()["WEnc"];
        Assert.Contains(Enumerable.Range(0, plain.Length), i => plain[i] == 0 && gradient[i] != 0);
    }
}
