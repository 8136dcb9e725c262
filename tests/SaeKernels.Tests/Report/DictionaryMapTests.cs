using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

public class DictionaryMapTests
{
    private const int Groups = 4;
    private const int InGroup = 30;
    private const int Width = 16;

    [Fact]
    public void Directions_of_a_group_lie_nearer_to_each_other_than_to_others()
    {
        UnitDirections directions = Planted();
        (double[] planeX, double[] planeY) = PrincipalPlane.Of(directions);
        (double[] x, double[] y) = NeighbourEmbedding.Of(NeighbourGraph.Of(directions), planeX, planeY);

        // Each point's nearest point is of its own group: the groups are ten times as far apart as they are wide.
        for (int i = 0; i < x.Length; i++)
        {
            int nearest = Enumerable.Range(0, x.Length).Where(j => j != i)
                .MinBy(j => ((x[i] - x[j]) * (x[i] - x[j])) + ((y[i] - y[j]) * (y[i] - y[j])));
            Assert.Equal(i / InGroup, nearest / InGroup);
        }
    }

    [Fact]
    public void The_same_directions_give_the_same_map()
    {
        (double[] x, double[] y) = PrincipalPlane.Of(Planted());

        Assert.Equal(
            NeighbourEmbedding.Of(NeighbourGraph.Of(Planted()), x, y).X,
            NeighbourEmbedding.Of(NeighbourGraph.Of(Planted()), x, y).X);
    }

    [Fact]
    public void The_principal_plane_finds_the_two_directions_of_most_variance()
    {
        // Unit rows at angle t in the plane of dimensions 2 and 5 and nothing else: the map is that circle.
        float[] rows = new float[40 * Width];
        for (int i = 0; i < 40; i++)
        {
            rows[(i * Width) + 2] = (float)Math.Cos(i * Math.Tau / 40);
            rows[(i * Width) + 5] = (float)Math.Sin(i * Math.Tau / 40);
        }

        (double[] x, double[] y) = PrincipalPlane.Of(UnitDirections.From(rows, Width));

        // Float32 rows are of unit length, and their mean is 0, to 2⁻²⁴ each.
        Assert.All(x.Zip(y), point =>
            Assert.Equal(1, Math.Sqrt((point.First * point.First) + (point.Second * point.Second)), 5));
    }

    private static UnitDirections Planted()
    {
        RandomSequence random = new(3, RandomPurpose.General);
        float[] rows = new float[Groups * InGroup * Width];
        for (int i = 0; i < Groups * InGroup; i++)
        {
            rows[(i * Width) + (i / InGroup)] = 1;
            for (int d = 0; d < Width; d++)
            {
                rows[(i * Width) + d] += 0.02f * (float)random.NextNormal();
            }
        }

        return UnitDirections.From(rows, Width);
    }
}
