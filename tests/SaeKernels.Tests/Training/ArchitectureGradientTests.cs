using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// Every loss of every architecture against central differences in double, on random shapes, with ties, latents that
/// never fire and vectors that activate nothing.
/// </summary>
public class ArchitectureGradientTests
{
    private static readonly GradientCase[] All =
    [
        .. SelectionGradientCases.All,
        .. ReluGradientCases.All,
        .. JumpReluGradientCases.All,
        .. GatedGradientCases.All,
    ];

    /// <summary>The losses of an architecture, by architecture and what else they have.</summary>
    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (GradientCase one in All)
            {
                data.Add(one.Architecture, one.Variant);
            }

            return data;
        }
    }

    [Fact]
    public void Every_architecture_is_checked() => Assert.Equal(
        SaeArchitectures.All.Select(architecture => architecture.Id).Order(),
        All.Select(one => one.Architecture).Distinct().Order());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_gradient_is_that_of_its_formula(string architecture, string variant)
    {
        GradientCase one = Case(architecture, variant);

        (double loss, double[] gradient) = one.Compute();

        double direct = one.Loss(one.Inputs.Start);
        Assert.Equal(direct, loss, 1e-13 * one.Inputs.Batch.Length * one.Inputs.Layout.Latents * direct);
        double[] expected = one.Expected();
        double largest = expected.Max(Math.Abs);
        // E1 of the acceptance checks asks for 1e-7 in double.
        TensorAssert.Within(
            "gradient", expected, gradient, i => 1e-7 * Math.Max(Math.Abs(expected[i]), 1e-2 * largest));
        int left = one.IsTied ? one.Inputs.Layout.WDec : 0;
        Assert.All(
            one.Inputs.Layout.Parts().Skip(one.IsTied ? 1 : 0),
            part => Assert.Contains(
                expected.Skip(part.First - left).Take(part.Count), value => value != 0));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ties_silent_latents_and_empty_rows_are_among_what_is_checked(string architecture, string variant)
    {
        GradientCase one = Case(architecture, variant);
        int latents = one.Inputs.Layout.Latents;

        Assert.Contains(one.LostTies, row => row.Contains(true));
        Assert.Contains(Enumerable.Range(0, latents), latent => one.Active.All(row => !row[latent]));
        Assert.Contains(one.Active, row => !row.Contains(true));

        if (one.IsListed is bool isListed)
        {
            int entries = one.Entries ?? one.Active.Sum(row => row.Count(flag => flag));
            Assert.Equal(isListed, entries <= UnboundedObjective.MostEntries(one.Active.Length, latents));
        }
    }

    [Fact]
    public void Auxiliary_loss_moves_the_encoder_of_dead_latents()
    {
        GradientCase one = Case("topk", "AuxK among eight");
        int width = one.Inputs.Layout.DIn;
        int[] dead =
        [
            .. Enumerable.Range(0, one.Inputs.Layout.Latents).Where(
                latent => SelectionGradientCases.IsDead(latent, 8) && one.Active.All(row => !row[latent])),
        ];

        (_, double[] gradient) = one.Compute();

        Assert.Contains(dead, latent => gradient.Skip(latent * width).Take(width).All(value => value != 0));
    }

    private static GradientCase Case(string architecture, string variant) =>
        All.Single(one => (one.Architecture, one.Variant) == (architecture, variant));
}
